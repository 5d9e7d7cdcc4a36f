// SPDX-License-Identifier: MIT
#include "cli/typed_command.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

TEST_CASE("the command to go on is the one typed, without literal secrets") {
  CHECK(typed_command({"fetch", "a b.csv", "-o", "x"}).text == "dogged fetch 'a b.csv' -o x");
  CHECK(typed_command({"run", "-H", "Authorization: Bearer canary"}).text ==
        "dogged run -H 'Authorization: ***'");
  CHECK(typed_command({"run", "--header=X-Api-Key:canary", "-HCookie: canary"}).text ==
        "dogged run '--header=X-Api-Key: ***' '-HCookie: ***'");
  CHECK(typed_command({"run", "-H", "Authorization: env:TOKEN", "-H", "Accept: x"}).text ==
        "dogged run -H 'Authorization: env:TOKEN' -H 'Accept: x'");
  CHECK(typed_command({"run", "--proxy", "http://u:canary@p:1", "--proxy=u:canary@p"}).text ==
        "dogged run --proxy 'http://***@p:1' '--proxy=***@p'");
  CHECK(typed_command({"run", "--url", "http://h/?key=canary", "--url=http://h/?token=canary"})
            .text == "dogged run --url 'http://h/?key=***' '--url=http://h/?token=***'");
  CHECK(typed_command({"run", "-d", R"({"secret":"canary"})", "-dpassword=canary"}).text ==
        R"(dogged run -d '{"secret":"***"}' '-dpassword=***')");
  CHECK(typed_command({"run", "", "--db", "--url"}).text == "dogged run '' --db --url");
}

TEST_CASE("a command that cannot be pasted as it is says what must be given again") {
  const auto note = [](const std::vector<std::string>& arguments) {
    return hidden_note(typed_command(arguments));
  };
  CHECK(note({"run", "-H", "Authorization: Bearer canary"}) ==
        "(*** stands for the secret of -H Authorization: give it again, best as env:NAME or "
        "file:PATH, which is shown)");
  CHECK(note({"run", "--header=X-Api-Key:canary", "--url=http://h/?key=canary"}) ==
        "(*** stands for the secret of -H X-Api-Key and of --url: give it again, best as env:NAME "
        "or file:PATH, which is shown)");
  CHECK(note({"run", "-dpassword=canary"}) ==
        "(*** stands for the secret of --data: give it again)");
}

TEST_CASE("a command without literal secrets can be pasted as it is") {
  CHECK(typed_command({"run", "-H", "Authorization: env:TOKEN", "-H", "Accept: x", "-d", "a=b",
                       "--url", "http://h/{id}"})
            .hidden.empty());
}

}  // namespace
}  // namespace dogged
