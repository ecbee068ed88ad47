#include "alluxio_meta/catalog/interest_keeper.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "alluxio_meta/mounts/canonical_path.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {
namespace {

constexpr char kFirstLine[] = "locus-interest 1";
constexpr char kLastLine[] = "end ";

absl::Status NoInterestFile(const std::string& file, const std::string& why) {
  return absl::DataLossError(ToAbsl(file + ": " + why));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadInterests(const std::string& file, size_t max_paths) {
  std::ifstream in(file);
  if (!in) return NotFound(file);
  std::string line;
  if (!std::getline(in, line) || line != kFirstLine) return NoInterestFile(file, "is no file of interests");
  std::vector<std::string> paths;
  while (std::getline(in, line)) {
    if (line == kLastLine + std::to_string(paths.size())) {
      paths.resize(std::min(paths.size(), max_paths));
      return paths;
    }
    if (!IsCanonicalPath(line)) return NoInterestFile(file, "line " + std::to_string(paths.size() + 2) + " is no path");
    paths.push_back(line);
  }
  return NoInterestFile(file, "was cut");
}

absl::Status WriteInterests(const std::string& file, std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  const std::string beside = file + ".new";
  {
    std::ofstream out(beside, std::ios::trunc);
    out << kFirstLine << "\n";
    for (const std::string& path : paths) out << path << "\n";
    out << kLastLine << paths.size() << "\n";
    out.flush();
    if (!out) return Unavailable(beside + ": cannot be written");
  }
  if (std::rename(beside.c_str(), file.c_str()) != 0) return Unavailable(file + ": cannot be replaced");
  return absl::OkStatus();
}

InterestKeeper::InterestKeeper(std::string file, Catalog& catalog, Duration interval)
    : file_(std::move(file)), catalog_(catalog), interval_(interval) {
  const absl::StatusOr<std::vector<std::string>> kept = ReadInterests(file_, InterestOptions().max_paths);
  if (kept.ok()) {
    catalog_.Restore(*kept);
    LogInfo("looking up what was of interest before the restart", {{"file", file_}, {"paths", kept->size()}});
  } else if (!absl::IsNotFound(kept.status())) {
    LogWarning("the file of interests is left out", {{"problem", MessageOf(kept.status())}});
  }
  thread_ = std::thread([this] {
    bool stop = false;
    while (!stop) {
      {
        MutexLock lock(mutex_);
        stop = stop_asked_.WaitFor(mutex_, interval_, [this] { return stopping_; });
      }
      Save();
    }
  });
}

InterestKeeper::~InterestKeeper() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  thread_.join();
}

void InterestKeeper::Save() {
  std::vector<std::string> paths = catalog_.Interests();
  std::sort(paths.begin(), paths.end());
  if (paths == written_ && !failed_) return;
  const absl::Status status = WriteInterests(file_, paths);
  if (!status.ok() && !failed_) LogWarning("the interests are not kept", {{"problem", MessageOf(status)}});
  failed_ = !status.ok();
  if (status.ok()) written_ = std::move(paths);
}

}  // namespace locus::meta
