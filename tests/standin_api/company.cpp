// SPDX-License-Identifier: MIT
#include "tests/standin_api/company.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace standin {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// One thing in the register's three languages; codes "1" Finnish, "2" Swedish, "3" English.
struct Words {
  const char* code;
  std::array<const char*, 3> in;
};

constexpr std::array<const char*, 8> kFirst = {"Pohjan", "Meren",   "Lumi",  "Kallio",
                                               "Järven", "Tunturi", "Saari", "Honka"};
constexpr std::array<const char*, 8> kSecond = {"Konepaja", "Leipomo",  "Verkko",     "Sähkö",
                                                "Kuljetus", "Rakennus", "Ohjelmisto", "Puutarha"};
constexpr std::array<const char*, 4> kStreets = {"Mallikatu", "Esimerkkitie", "Keksitty \"kuja\"",
                                                 "Koepolku, länsi"};
constexpr std::array<Words, 3> kForms = {
    Words{"16", {"Osakeyhtiö", "Aktiebolag", "Limited company"}},
    Words{"5", {"Avoin yhtiö", "Öppet bolag", "General partnership"}},
    Words{"17", {"Julkinen osakeyhtiö", "Publikt aktiebolag", "Public limited company"}}};
constexpr std::array<const char*, 3> kFormShort = {"OY", "AY", "OYJ"};
constexpr std::array<const char*, 3> kFormInName = {"Oy", "Ay", "Oyj"};
constexpr std::array<Words, 3> kLines = {
    Words{"10710", {"Leivän valmistus", "Tillverkning av bröd", "Manufacture of bread"}},
    Words{"62100", {"Ohjelmistojen valmistus", "Dataprogrammering", "Computer programming"}},
    Words{"49410", {"Tieliikenteen tavarakuljetus", "Vägtransport", "Freight transport by road"}}};
constexpr std::array<Words, 3> kCities = {Words{"091", {"HELSINKI", "HELSINGFORS", ""}},
                                          Words{"853", {"TURKU", "ÅBO", ""}},
                                          Words{"564", {"OULU", "ULEÅBORG", ""}}};

template <typename T, std::size_t N>
const T& choice(const std::array<T, N>& of, std::string_view id, std::string_view purpose) {
  return of[hash_of(id, purpose) % N];
}

std::string date_of(std::string_view id, std::string_view purpose) {
  const std::uint64_t h = hash_of(id, purpose);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", static_cast<int>(1960 + h % 60),
                static_cast<int>(1 + (h >> 8) % 12), static_cast<int>(1 + (h >> 16) % 28));
  return text.data();
}

std::string name_of(std::string_view id) {
  return std::string(choice(kFirst, id, "first")) + " " + choice(kSecond, id, "second") + " " +
         std::string(id) + " " + kFormInName[hash_of(id, "form") % kForms.size()];
}

std::string post_code_of(std::string_view id) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%05d",
                static_cast<int>(hash_of(id, "post") % 99000 + 100));
  return text.data();
}

std::string building_of(std::string_view id) {
  return std::to_string(hash_of(id, "house") % 120 + 1);
}

void member(Writer& w, const char* name, std::string_view value) {
  w.Key(name);
  w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// The three languages in an order that differs from ID to ID, as in the real answers.
void descriptions(Writer& w, const Words& words, std::string_view id) {
  std::array<int, 3> order = {0, 1, 2};
  std::rotate(order.begin(), order.begin() + static_cast<int>(hash_of(id, words.code) % 3),
              order.end());
  w.Key("descriptions");
  w.StartArray();
  for (const int language : order) {
    w.StartObject();
    member(w, "languageCode", std::to_string(language + 1));
    member(w, "description", words.in[static_cast<std::size_t>(language)]);
    w.EndObject();
  }
  w.EndArray();
}

void v3_names(Writer& w, std::string_view id) {
  w.Key("names");
  w.StartArray();
  w.StartObject();
  member(w, "name", name_of(id));
  member(w, "type", "1");
  member(w, "registrationDate", date_of(id, "named"));
  w.Key("version");
  w.Int(1);
  member(w, "source", "1");
  w.EndObject();
  if (picked(id, "renamed", 0.3)) {
    w.StartObject();
    member(w, "name", "Entinen " + name_of(id));
    member(w, "type", "1");
    member(w, "registrationDate", date_of(id, "registered"));
    member(w, "endDate", date_of(id, "named"));
    w.Key("version");
    w.Int(2);
    member(w, "source", "1");
    w.EndObject();
  }
  w.EndArray();
}

void v3_address(Writer& w, std::string_view id) {
  const Words& city = choice(kCities, id, "city");
  w.StartObject();
  w.Key("type");
  w.Int(1);
  member(w, "street", choice(kStreets, id, "street"));
  member(w, "postCode", post_code_of(id));
  w.Key("postOffices");
  w.StartArray();
  for (const int language : {1, 0}) {
    w.StartObject();
    member(w, "city", city.in[static_cast<std::size_t>(language)]);
    member(w, "languageCode", std::to_string(language + 1));
    member(w, "municipalityCode", city.code);
    w.EndObject();
  }
  w.EndArray();
  member(w, "buildingNumber", building_of(id));
  member(w, "entrance", picked(id, "entrance", 0.2) ? "B" : "");
  member(w, "registrationDate", date_of(id, "moved"));
  member(w, "source", "0");
  w.EndObject();
}

void v3_company(Writer& w, std::string_view id) {
  w.StartObject();
  w.Key("businessId");
  w.StartObject();
  member(w, "value", id);
  member(w, "registrationDate", date_of(id, "registered"));
  member(w, "source", "3");
  w.EndObject();
  v3_names(w, id);
  if (!picked(id, "no line", 0.1)) {
    const Words& line = choice(kLines, id, "line");
    w.Key("mainBusinessLine");
    w.StartObject();
    member(w, "type", line.code);
    descriptions(w, line, id);
    member(w, "typeCodeSet", "TOIMI4");
    member(w, "registrationDate", "2026-01-01");
    w.EndObject();
  }
  const Words& form = kForms[hash_of(id, "form") % kForms.size()];
  w.Key("companyForms");
  w.StartArray();
  w.StartObject();
  member(w, "type", form.code);
  descriptions(w, form, id);
  member(w, "registrationDate", date_of(id, "registered"));
  w.Key("version");
  w.Int(1);
  w.EndObject();
  w.EndArray();
  w.Key("companySituations");
  w.StartArray();
  w.EndArray();
  if (!picked(id, "no address", 0.05)) {
    w.Key("addresses");
    w.StartArray();
    v3_address(w, id);
    w.EndArray();
  }
  member(w, "tradeRegisterStatus", "1");
  member(w, "status", "2");
  member(w, "registrationDate", date_of(id, "registered"));
  member(w, "lastModified", date_of(id, "modified") + "T10:04:06");
  w.EndObject();
}

void v1_company(Writer& w, std::string_view id) {
  w.StartObject();
  member(w, "businessId", id);
  member(w, "name", name_of(id));
  member(w, "registrationDate", date_of(id, "registered"));
  member(w, "companyForm", kFormShort[hash_of(id, "form") % kForms.size()]);
  w.Key("detailsUri");
  w.Null();
  w.Key("liquidations");
  w.StartArray();
  w.EndArray();
  w.Key("addresses");
  w.StartArray();
  w.StartObject();
  w.Key("careOf");
  w.Null();
  member(w, "street", std::string(choice(kStreets, id, "street")) + " " + building_of(id));
  member(w, "postCode", post_code_of(id));
  w.Key("type");
  w.Int(1);
  w.Key("version");
  w.Int(1);
  member(w, "city", choice(kCities, id, "city").in[0]);
  w.Key("endDate");
  w.Null();
  member(w, "language", "FI");
  w.EndObject();
  w.EndArray();
  w.EndObject();
}

}  // namespace

const char* const kV3Nothing = R"({"totalResults":0,"companies":[]})";
const char* const kV1Nothing =
    R"({"type":"fi.prh.opendata.bis","version":"1","totalResults":-1,"resultsFrom":0,"results":[]})";

std::uint64_t hash_of(std::string_view id, std::string_view purpose) {
  std::uint64_t h = 14695981039346656037ULL;  // FNV-1a
  const auto mix = [&h](std::string_view text) {
    for (const char c : text) {
      h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
  };
  mix(purpose);
  mix("\x1f");
  mix(id);
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;  // splitmix64's finaliser: FNV's low bits are poor
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31);
}

bool picked(std::string_view id, std::string_view purpose, double share) {
  return static_cast<double>(hash_of(id, purpose) >> 11) * 0x1.0p-53 < share;
}

std::string plain_record(std::string_view id) {
  rapidjson::StringBuffer buffer;
  Writer w(buffer);
  w.StartObject();
  member(w, "id", id);
  member(w, "name", name_of(id));
  member(w, "form", kFormShort[hash_of(id, "form") % kForms.size()]);
  w.Key("address");
  w.StartObject();
  member(w, "street", std::string(choice(kStreets, id, "street")) + " " + building_of(id));
  member(w, "postCode", post_code_of(id));
  member(w, "city", choice(kCities, id, "city").in[0]);
  w.EndObject();
  w.Key("employees");
  w.Uint64(hash_of(id, "employees") % 500);
  w.Key("active");
  w.Bool(!picked(id, "ceased", 0.1));
  member(w, "registered", date_of(id, "registered"));
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string v3_record(std::string_view id) {
  rapidjson::StringBuffer buffer;
  Writer w(buffer);
  w.StartObject();
  w.Key("totalResults");
  w.Int(1);
  w.Key("companies");
  w.StartArray();
  v3_company(w, id);
  w.EndArray();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string v1_record(std::string_view id) {
  rapidjson::StringBuffer buffer;
  Writer w(buffer);
  w.StartObject();
  member(w, "type", "fi.prh.opendata.bis");
  member(w, "version", "1");
  w.Key("totalResults");
  w.Int(-1);
  w.Key("resultsFrom");
  w.Int(0);
  w.Key("results");
  w.StartArray();
  v1_company(w, id);
  w.EndArray();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace standin
