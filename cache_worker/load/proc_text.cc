#include "cache_worker/load/proc_text.h"

#include <charconv>
#include <vector>

namespace locus::worker {
namespace {

constexpr std::string_view kNoDisks[] = {"loop", "ram", "zram", "sr", "fd"};
constexpr std::string_view kVirtualInterfaces[] = {"veth",    "docker", "br-",   "cni",         "cali",
                                                   "flannel", "cilium", "lxc",   "ifb",         "dummy",
                                                   "virbr",   "tap",    "kube-", "nodelocaldns"};

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < line.size();) {
    const size_t begin = line.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return words;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<uint64_t> Number(std::string_view word) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

template <typename List>
bool StartsWithAny(std::string_view name, const List& prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (name.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

// "sda1" -> "sda", "nvme0n1p1" -> "nvme0n1": the device that this would be a partition of; empty when the name has no
// number.
bool IsPartition(const std::string& name, const std::map<std::string, uint64_t>& all) {
  const size_t stem = name.find_last_not_of("0123456789") + 1;
  if (stem == name.size() || stem == 0) return false;
  if (all.count(name.substr(0, stem)) != 0) return true;
  return name[stem - 1] == 'p' && all.count(name.substr(0, stem - 1)) != 0;
}

}  // namespace

std::optional<CpuTicks> ParseStat(std::string_view text) {
  for (const std::string_view line : Lines(text)) {
    const std::vector<std::string_view> words = Words(line);
    if (words.size() < 5 || words[0] != "cpu") continue;
    CpuTicks ticks;
    // user nice system idle iowait irq softirq steal; what follows is counted in user already.
    for (size_t i = 1; i < words.size() && i <= 8; ++i) {
      const std::optional<uint64_t> value = Number(words[i]);
      if (!value) return std::nullopt;
      ticks.total += *value;
      if (i != 4 && i != 5) ticks.busy += *value;
    }
    return ticks;
  }
  return std::nullopt;
}

std::optional<double> ParsePressure(std::string_view text) {
  constexpr std::string_view kField = "avg10=";
  for (const std::string_view line : Lines(text)) {
    const std::vector<std::string_view> words = Words(line);
    if (words.size() < 2 || words[0] != "some" || words[1].substr(0, kField.size()) != kField) continue;
    const std::string_view number = words[1].substr(kField.size());
    double percent = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), percent);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    if (!(percent >= 0 && percent <= 100)) return std::nullopt;
    return percent / 100;
  }
  return std::nullopt;
}

std::optional<std::map<std::string, uint64_t>> ParseDiskstats(std::string_view text) {
  std::map<std::string, uint64_t> all;
  for (const std::string_view line : Lines(text)) {
    const std::vector<std::string_view> words = Words(line);
    // major minor name, then the statistics; the tenth of them is the time with I/O in flight.
    if (words.size() < 13) continue;
    if (const std::optional<uint64_t> ms = Number(words[12])) all.emplace(words[2], *ms);
  }
  if (all.empty()) return std::nullopt;
  std::map<std::string, uint64_t> disks;
  for (const auto& [name, ms] : all) {
    if (!StartsWithAny(name, kNoDisks) && !IsPartition(name, all)) disks.emplace(name, ms);
  }
  return disks;
}

std::optional<std::map<std::string, InterfaceBytes>> ParseNetDev(std::string_view text) {
  std::map<std::string, InterfaceBytes> interfaces;
  bool any = false;
  for (const std::string_view line : Lines(text)) {
    // Old kernels write the first number right after the colon. Names of aliases ("eth0:1") hold a colon too.
    const size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    const std::vector<std::string_view> name = Words(line.substr(0, colon));
    const std::vector<std::string_view> words = Words(line.substr(colon + 1));
    if (name.size() != 1 || words.size() < 16) continue;
    const std::optional<uint64_t> received = Number(words[0]), sent = Number(words[8]);
    if (!received || !sent) continue;
    any = true;
    if (name[0] == "lo" || StartsWithAny(name[0], kVirtualInterfaces)) continue;
    interfaces.emplace(name[0], InterfaceBytes{*received, *sent});
  }
  if (!any) return std::nullopt;
  return interfaces;
}

}  // namespace locus::worker
