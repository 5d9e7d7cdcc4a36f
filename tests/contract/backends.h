// SPDX-License-Identifier: MIT
// The stores that the contract holds for. Every case runs once for each.
#pragma once

#include "tests/contract/memory_backend.h"
#include "tests/contract/sqlite_backend.h"

#define CONTRACT_CASE(sentence) \
  TEST_CASE_TEMPLATE(sentence, Backend, dogged::contract::Memory, dogged::contract::Sqlite)
