// SPDX-License-Identifier: MIT
#include "cli/requeue.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {

std::vector<std::string> typed_keys(const std::vector<std::string>& typed,
                                    const CommonOptions& common,
                                    const std::function<void(const JobRow&)>& check) {
  std::vector<std::string> keys;
  if (typed.empty()) {
    return keys;
  }
  const auto reader = open_existing_reader(common);
  for (const std::string& id : typed) {
    const std::optional<JobDetail> job = find_typed_job(*reader, id);
    if (!job) {
      throw Error(unknown_id(common, id) + "; nothing was changed");
    }
    check(job->job);
    keys.push_back(job->job.key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

ExitStatus requeue_and_tell(const RequeueFilter& filter, CommandContext& context) {
  const auto store = open_existing_store(context.common);
  const std::int64_t count = store->requeue(filter, context.clock.wall());
  if (context.common.json) {
    context.out.line(JsonObject().number("requeued", count).str());
    return ExitStatus::done;
  }
  context.out.line(
      fmt::format("{} {} ready again", with_thousands(count), count == 1 ? "job is" : "jobs are"));
  if (count > 0) {
    log_info("`dogged run" + db_argument(context.common) + "` asks " +
             (count == 1 ? "it" : "them"));
  }
  return ExitStatus::done;
}

}  // namespace dogged
