// SPDX-License-Identifier: MIT
// The columns of the built-in sources, on answers of the forms that the register gives.
#include "table/column_set.h"

#include <doctest/doctest.h>
#include <toml++/toml.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dogged {
namespace {

const std::vector<std::pair<std::string_view, std::string_view>> kSources = {
#include "schema/sources.inc"
};

std::string_view text_of(std::string_view source) {
  for (const auto& [name, text] : kSources) {
    if (name == source) {
      return text;
    }
  }
  FAIL("no such source");
  return {};
}

// Column -> text, those that are not empty.
std::map<std::string, std::string> columns_of(std::string_view source, const std::string& language,
                                              std::string_view body) {
  const toml::table table = toml::parse(text_of(source));
  std::vector<ColumnSpec> specs;
  for (const auto& [name, expression] : *table["columns"].as_table()) {
    specs.push_back({std::string(name.str()), expression.value_or(std::string())});
  }
  auto set = ColumnSet::compile(specs, table["lang"][language].value_or(std::string()));
  REQUIRE_MESSAGE(set.ok(), (set.ok() ? "" : set.error()));
  std::vector<ColumnValue> values;
  set.value()->extract(body, values);
  CHECK_MESSAGE(set.value()->filter_failures() == 0, set.value()->first_filter_failure());
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!values[i].text.empty()) {
      result[specs[i].name] = values[i].text;
    }
  }
  return result;
}

using Columns = std::map<std::string, std::string>;

constexpr std::string_view kCompany = R"({"totalResults":1,"companies":[{
 "businessId":{"value":"0112038-9"},
 "names":[{"name":"Aputoiminimi","type":"3","version":1},
          {"name":"Vanha Oy","type":"1","endDate":"1997-08-31","version":2},
          {"name":"Nykyinen Oyj","type":"1","registrationDate":"1997-09-01","endDate":null,"version":1}],
 "mainBusinessLine":{"type":"70100","descriptions":[
   {"languageCode":"3","description":"Head offices"},{"languageCode":"1","description":"Toiminta"}]},
 "companyForms":[{"type":"16","version":2,"endDate":"1997-08-31","descriptions":[]},
   {"type":"17","version":1,"descriptions":[{"languageCode":"2","description":"Publikt aktiebolag"},
   {"languageCode":"3","description":null},{"languageCode":"1","description":"Julkinen osakeyhtiö"}]}],
 "companySituations":[{"type":"SANE","endDate":null},{"type":"KONK","endDate":"2001-01-01"}],
 "registeredEntries":[
   {"type":"1","register":"4","descriptions":[{"languageCode":"1","description":"muu"}]},
   {"type":"1","register":"1","descriptions":[{"languageCode":"2","description":"Registrerad"},
   {"languageCode":"1","description":"Rekisterissä"}]}],
 "addresses":[{"type":2,"street":"","postOfficeBox":"226","postCode":"00045",
   "postOffices":[{"city":"NOKIA GROUP","languageCode":"1"}]},
   {"type":1,"street":"Karakaari","buildingNumber":"7","entrance":"A","apartmentNumber":"12",
   "apartmentIdSuffix":"b","co":"Isännöinti Oy","postCode":"02610","postOffices":[
   {"city":"ESBO","languageCode":"2"},{"city":"ESPOO","languageCode":"1"}]}],
 "tradeRegisterStatus":"1","status":"2","endDate":"2026-01-31","registrationDate":"1896-12-19"}]})";

TEST_CASE("prh: every column, in the language asked for, Finnish where it has none") {
  CHECK(columns_of("prh", "fi", kCompany) ==
        Columns{{"name", "Nykyinen Oyj"},
                {"form_code", "17"},
                {"form", "Julkinen osakeyhtiö"},
                {"street", "c/o Isännöinti Oy, Karakaari 7 A 12b"},
                {"post_code", "02610"},
                {"city", "ESPOO"},
                {"status", "2"},
                {"trade_register_status", "Rekisterissä"},
                {"end_date", "2026-01-31"},
                {"situation", "SANE"},
                {"business_line_code", "70100"},
                {"business_line", "Toiminta"},
                {"registration_date", "1896-12-19"}});
  Columns swedish = columns_of("prh", "sv", kCompany);
  CHECK(swedish["form"] == "Publikt aktiebolag");
  CHECK(swedish["city"] == "ESBO");
  CHECK(swedish["business_line"] == "Toiminta");
  Columns english = columns_of("prh", "en", kCompany);
  CHECK(english["form"] == "Julkinen osakeyhtiö");
  CHECK(english["business_line"] == "Head offices");
}

TEST_CASE("prh: what is absent or null is empty") {
  CHECK(columns_of("prh", "fi", R"({"totalResults":0,"companies":[]})").empty());
  CHECK(columns_of("prh", "fi", R"({"companies":[{"businessId":{"value":"1"},"names":null,
      "mainBusinessLine":null,"companyForms":null,"companySituations":null,"registeredEntries":null,
      "addresses":null,"tradeRegisterStatus":null,"status":null,"endDate":null}]})")
            .empty());
}

TEST_CASE("prh: a box or a free line where there is no street, and the last name of the departed") {
  Columns box = columns_of("prh", "fi", R"({"companies":[{"addresses":[{"type":1,"street":""},
      {"type":2,"postOfficeBox":"226","postCode":"00045","postOffices":[{"city":"N"}]}],
      "names":[{"name":"A","type":"1","version":2,"endDate":"1990-01-01"},
      {"name":"B","type":"1","version":1,"endDate":"2000-01-01"}],"tradeRegisterStatus":"4"}]})");
  CHECK(box == Columns{{"name", "B"},
                       {"street", "PL 226"},
                       {"post_code", "00045"},
                       {"city", "N"},
                       {"trade_register_status", "4"}});
  Columns abroad = columns_of("prh", "fi", R"({"companies":[{"addresses":[{"type":1,"street":null,
      "freeAddressLine":"Norgårdsvägen_3 _ SE-451_75 Uddevalla"}]}]})");
  CHECK(abroad["street"] == "Norgårdsvägen 3, SE-451 75, Uddevalla");
}

TEST_CASE("prh-v1: the long and the short form of an answer") {
  constexpr std::string_view kLong = R"({"results":[{"businessId":"1","name":"Uusi Oy",
   "registrationDate":"2010-04-20","companyForm":"OY","liquidations":[
    {"description":"Konkurssi","language":"FI","registrationDate":"2020-01-01","endDate":null}],
   "names":[{"order":1,"version":1,"name":"Apu"},
    {"order":0,"version":2,"name":"Vanha Oy","endDate":"2014-11-18"},
    {"order":0,"version":1,"name":"Uusi Oy","endDate":null}],
   "addresses":[{"street":"Postitie 1","postCode":"00001","city":"A","type":2,"version":1,"language":"FI"},
    {"street":"Vanhakatu 1","city":"B","type":1,"version":2,"endDate":"2015-12-29","language":"FI"},
    {"careOf":null,"street":"Loisteputki 4","postCode":"00750","city":"HELSINGFORS","type":1,
     "version":1,"endDate":null,"language":"SE"},
    {"street":"Loisteputki 4","postCode":"00750","city":"HELSINKI","type":1,"version":1,"language":"FI"}],
   "companyForms":[{"version":1,"name":"Aktiebolag","language":"SE"},
    {"version":1,"name":"Osakeyhtiö","language":"FI"}],
   "businessLines":[{"order":0,"version":1,"code":"10890","name":"Manufacture","language":"EN"},
    {"order":0,"version":1,"code":"10890","name":"Valmistus","language":"FI"}],
   "registeredEntries":[{"register":1,"registrationDate":"2010-04-20","endDate":"2010-05-04",
     "language":"FI","description":"Rekisteröimätön"},
    {"register":1,"registrationDate":"2010-05-05","language":"EN","description":"Registered"},
    {"register":1,"registrationDate":"2010-05-05","language":"FI","description":"Rekisterissä"},
    {"register":4,"registrationDate":"2019-05-05","language":"FI","description":"muu"}]}]})";
  CHECK(columns_of("prh-v1", "fi", kLong) == Columns{{"name", "Uusi Oy"},
                                                     {"form_code", "OY"},
                                                     {"form", "Osakeyhtiö"},
                                                     {"street", "Loisteputki 4"},
                                                     {"post_code", "00750"},
                                                     {"city", "HELSINKI"},
                                                     {"status", "Rekisterissä"},
                                                     {"situation", "Konkurssi"},
                                                     {"business_line_code", "10890"},
                                                     {"business_line", "Valmistus"},
                                                     {"registration_date", "2010-04-20"}});
  Columns english = columns_of("prh-v1", "en", kLong);
  CHECK(english["business_line"] == "Manufacture");
  CHECK(english["form"] == "Osakeyhtiö");
  CHECK(columns_of("prh-v1", "sv", kLong)["city"] == "HELSINGFORS");
  CHECK(columns_of("prh-v1", "fi", R"({"results":[{"name":"Lyhyt Oy","companyForm":"AOY",
      "registrationDate":"2016-12-01"}]})") ==
        Columns{{"name", "Lyhyt Oy"}, {"form_code", "AOY"}, {"registration_date", "2016-12-01"}});
  CHECK(columns_of("prh-v1", "fi", R"({"results":[]})").empty());
}

}  // namespace
}  // namespace dogged
