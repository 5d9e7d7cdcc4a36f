// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/copy_command.h"
#include "cli/export_command.h"
#include "cli/fetch_command.h"
#include "cli/fields_command.h"
#include "cli/import_command.h"
#include "cli/limit_command.h"
#include "cli/list_command.h"
#include "cli/pause_command.h"
#include "cli/refresh_command.h"
#include "cli/remove_command.h"
#include "cli/retry_command.h"
#include "cli/run_command.h"
#include "cli/show_command.h"
#include "cli/source_show_command.h"
#include "cli/sql_command.h"
#include "cli/status_command.h"
#include "cli/try_command.h"
#include "cli/verify_command.h"
#include "cli/version_command.h"

namespace dogged {

// In the order of `dogged --help`.
void add_all_commands(CommandLine& line) {
  add_fetch_command(line);
  add_try_command(line);
  add_import_command(line);
  add_run_command(line);
  add_export_command(line);
  add_limit_command(line);
  add_pause_command(line);
  add_resume_command(line);

  add_status_command(line);
  add_list_command(line);
  add_show_command(line);
  add_fields_command(line);
  add_sql_command(line);
  add_source_show_command(line);
  add_verify_command(line);
  add_version_command(line);

  add_retry_command(line);
  add_refresh_command(line);
  add_remove_command(line);
  add_copy_command(line);
}

}  // namespace dogged
