// SPDX-License-Identifier: MIT
// Company records that are made up from the ID alone: the same ID gives the same record for ever.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace standin {

// A number that depends on `id` and `purpose` only, well mixed.
std::uint64_t hash_of(std::string_view id, std::string_view purpose);

// Whether `id` is among the `share` (0..1) of IDs that `purpose` picks.
bool picked(std::string_view id, std::string_view purpose, double share);

std::string plain_record(std::string_view id);  // /companies/ID
std::string v3_record(std::string_view id);     // /opendata-ytj-api/v3/companies?businessId=ID
std::string v1_record(std::string_view id);     // /bis/v1/ID

extern const char* const kV3Nothing;  // with 200
extern const char* const kV1Nothing;  // with 404

}  // namespace standin
