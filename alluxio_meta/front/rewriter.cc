#include "alluxio_meta/front/rewriter.h"

#include <algorithm>

#include "alluxio_meta/front/wire.h"

namespace locus::meta {
namespace {

// The way from an answer to its blocks: FileInfo, FileBlockInfo, BlockInfo.
constexpr uint32_t kWay[] = {1, 21, 1};
constexpr size_t kLevels = std::size(kWay);
// BlockInfo.
constexpr uint32_t kBlockId = 1;
constexpr uint32_t kLocation = 3;
// BlockLocation.
constexpr uint32_t kAddress = 2;
// WorkerNetAddress.
constexpr uint32_t kHost = 1;
constexpr uint32_t kContainerHost = 7;
// GetStatusRequest and its options.
constexpr uint32_t kOptions = 2;
constexpr uint32_t kAccessMode = 3;

// Ids of blocks go up in steps that follow the order of writing, and so may the workers: without mixing, a holder's
// blocks could all fall to the same executor. Finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
uint64_t Mixed(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

bool Is(const wire::Field& field, uint32_t number, wire::Type type = wire::Type::kBytes) {
  return field.number == number && field.type == type;
}

}  // namespace

Rewriter::Outcome Rewriter::Rewrite(std::string_view message, std::string* out) {
  out->clear();
  seen_ = {};
  malformed_ = false;
  const bool changed = Edit(0, message, out);
  if (malformed_) {
    out->clear();
    return Outcome::kMalformed;
  }
  counts_.blocks += seen_.blocks;
  counts_.rewritten += seen_.rewritten;
  counts_.without_executor += seen_.without_executor;
  counts_.uncached += seen_.uncached;
  return changed ? Outcome::kChanged : Outcome::kUnchanged;
}

bool Rewriter::Edit(size_t level, std::string_view message, std::string* out) {
  if (level == kLevels) return EditBlock(message, out);
  std::string& inner = scratch_[level];
  const char* copied = message.data();
  wire::Fields fields(message);
  while (!malformed_ && fields.Next()) {
    const wire::Field& field = fields.field();
    if (!Is(field, kWay[level])) continue;
    inner.clear();
    if (!Edit(level + 1, field.bytes, &inner)) continue;
    // A message of megabytes would otherwise move several times while it grows.
    if (copied == message.data()) out->reserve(out->size() + message.size() + message.size() / 2);
    out->append(copied, field.raw.data());
    wire::AppendBytes(kWay[level], inner, out);
    copied = field.raw.data() + field.raw.size();
  }
  malformed_ = malformed_ || fields.malformed();
  if (copied == message.data()) return false;
  out->append(copied, message.data() + message.size());
  return true;
}

bool Rewriter::EditBlock(std::string_view block, std::string* out) {
  uint64_t id = 0;
  locations_.clear();
  wire::Fields fields(block);
  while (!malformed_ && fields.Next()) {
    const wire::Field& field = fields.field();
    if (Is(field, kBlockId, wire::Type::kVarint)) id = field.varint;
    if (Is(field, kLocation)) locations_.push_back(ReadLocation(field.raw, field.bytes));
  }
  malformed_ = malformed_ || fields.malformed();
  if (malformed_) return false;
  ++seen_.blocks;
  if (locations_.empty()) {
    ++seen_.uncached;
    return false;
  }
  const bool other = Choose(id);
  ++(picks_.empty() ? seen_.without_executor : seen_.rewritten);
  if (!other) return false;

  bool placed = false;
  for (wire::Fields again(block); again.Next();) {
    if (!Is(again.field(), kLocation)) {
      out->append(again.field().raw);
    } else if (!placed) {
      for (const Pick& pick : picks_) Append(pick, out);
      placed = true;
    }
  }
  return true;
}

Rewriter::Location Rewriter::ReadLocation(std::string_view raw, std::string_view inside) {
  Location location;
  location.raw = raw;
  location.inside = inside;
  int addresses = 0;
  wire::Fields fields(inside);
  while (fields.Next()) {
    if (!Is(fields.field(), kAddress)) continue;
    location.address = fields.field().bytes;
    ++addresses;
  }
  wire::Fields parts(location.address);
  while (parts.Next()) {
    if (Is(parts.field(), kHost)) location.host = parts.field().bytes;
    if (Is(parts.field(), kContainerHost)) location.container_host = parts.field().bytes;
  }
  malformed_ = malformed_ || fields.malformed() || parts.malformed();
  // An address in two parts is legal and never seen: it is no place to put anything.
  if (!malformed_ && addresses == 1 && !location.host.empty()) {
    location.executors = executors_.ExecutorsBeside(location.host, location.container_host);
  }
  return location;
}

bool Rewriter::Choose(uint64_t block_id) {
  picks_.clear();
  holders_.clear();
  size_t most = 0;
  for (const Location& location : locations_) {
    // A worker may stand there twice, with two tiers.
    const bool known = std::any_of(holders_.begin(), holders_.end(),
                                   [&](const Location* holder) { return holder->host == location.host; });
    if (known || location.executors.empty()) continue;
    holders_.push_back(&location);
    most = std::max(most, location.executors.size());
  }
  const uint64_t mixed = Mixed(block_id);
  const uint64_t first = mixed >> 32;
  bool other = false;
  for (size_t round = 0; round < most; ++round) {
    for (size_t i = 0; i < holders_.size() && picks_.size() < hosts_per_block_; ++i) {
      const Location* holder = holders_[(mixed + i) % holders_.size()];
      if (round >= holder->executors.size()) continue;
      const std::string_view executor = holder->executors[(first + round) % holder->executors.size()];
      const bool twice =
          std::any_of(picks_.begin(), picks_.end(), [&](const Pick& pick) { return pick.executor == executor; });
      if (twice) continue;
      picks_.push_back({holder, executor});
      other = other || executor != holder->host;
    }
  }
  return other;
}

void Rewriter::Append(const Pick& pick, std::string* out) {
  const Location& location = *pick.location;
  if (pick.executor == location.host) {
    out->append(location.raw);
    return;
  }
  address_.clear();
  wire::AppendBytes(kHost, pick.executor, &address_);
  for (wire::Fields fields(location.address); fields.Next();) {
    const wire::Field& field = fields.field();
    if (!Is(field, kHost) && !Is(field, kContainerHost)) address_.append(field.raw);
  }
  wire::AppendBytes(kContainerHost, location.container_host.empty() ? location.host : location.container_host,
                    &address_);
  location_.clear();
  for (wire::Fields fields(location.inside); fields.Next();) {
    if (Is(fields.field(), kAddress)) {
      wire::AppendBytes(kAddress, address_, &location_);
    } else {
      location_.append(fields.field().raw);
    }
  }
  wire::AppendBytes(kLocation, location_, out);
}

bool OpensFile(std::string_view get_status_request) {
  wire::Fields fields(get_status_request);
  while (fields.Next()) {
    if (!Is(fields.field(), kOptions)) continue;
    wire::Fields options(fields.field().bytes);
    while (options.Next()) {
      if (options.field().number == kAccessMode) return true;
    }
    if (options.malformed()) return true;
  }
  return fields.malformed();
}

}  // namespace locus::meta
