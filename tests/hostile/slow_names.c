// SPDX-License-Identifier: MIT
// Preloaded: names under .test are at 127.0.0.1, but not before SLOW_NAMES seconds have gone by.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*Lookup)(const char*, const char*, const struct addrinfo*, struct addrinfo**);

int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints,
                struct addrinfo** found) {
  const Lookup real = (Lookup)dlsym(RTLD_NEXT, "getaddrinfo");
  const size_t size = name != NULL ? strlen(name) : 0;
  if (size > 5 && strcmp(name + size - 5, ".test") == 0) {
    sleep((unsigned)atoi(getenv("SLOW_NAMES")));
    name = "127.0.0.1";
  }
  return real(name, service, hints, found);
}
