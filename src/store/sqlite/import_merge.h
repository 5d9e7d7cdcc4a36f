// SPDX-License-Identifier: MIT
#pragma once

#include "store/import_session.h"

#include <string>

namespace dogged::sqlite {

class Staging;
class WriteConnection;

// Merges the staged rows into the store: looks at it first without the write lock, then puts all
// rows in with one transaction. Throws Error(usage) where `spec.replace` names no batch;
// SQLiteCpp's exceptions come through.
ImportSummary merge_import(WriteConnection& connection, Staging& staging, const BatchSpec& spec,
                           const std::string& sha256);

}  // namespace dogged::sqlite
