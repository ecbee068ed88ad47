// The flags of the verbs that call cache workers; part of the command line.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "locusctl/caches/keep.h"
#include "locusctl/caches/load.h"
#include "locusctl/caches/top.h"

namespace CLI {
class App;
}

namespace locus::ctl {

// The texts as CLI11 fills them, before they are checked.
struct RawWorkerFlags {
  std::string rate;
  std::string tier;
  std::string interval = "2s";
};

// What is passed must outlive `verb`.
void AddLoadFlags(CLI::App& verb, RawWorkerFlags& raw, LoadOptions& load);
void AddKeepFlags(CLI::App& verb, KeepOptions& keep);
void AddTopFlags(CLI::App& verb, RawWorkerFlags& raw, TopOptions& top);

// INVALID_ARGUMENT says which flag and what to write.
absl::Status FinishLoad(const RawWorkerFlags& raw, LoadOptions& load);
absl::Status FinishTop(const RawWorkerFlags& raw, TopOptions& top);

}  // namespace locus::ctl
