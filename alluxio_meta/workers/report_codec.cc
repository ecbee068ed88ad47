#include "alluxio_meta/workers/report_codec.h"

#include <algorithm>
#include <optional>

#include "common/status.h"

namespace locus::meta {
namespace {

// The longest text of an IPv6 address, with a zone.
constexpr size_t kMaxAddressBytes = 64;
// The year 2200: what lies beyond is no clock's, and would not fit where nanoseconds are counted (2262).
constexpr int64_t kMaxWallMs = int64_t{7'258'118'400} * 1000;

std::optional<Tier> DecodeTier(v1::Tier tier) {
  switch (tier) {
    case v1::TIER_MEM: return Tier::kMem;
    case v1::TIER_SSD: return Tier::kSsd;
    case v1::TIER_HDD: return Tier::kHdd;
    default: return std::nullopt;
  }
}

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
}

absl::Status CheckName(const char* field, const std::string& text, bool required) {
  if (required && text.empty()) return InvalidArgument(std::string(field) + ": is empty");
  if (text.size() > kMaxHostBytes) {
    return InvalidArgument(std::string(field) + ": has " + std::to_string(text.size()) + " characters, allowed are " +
                           std::to_string(kMaxHostBytes));
  }
  if (HasControl(text)) return InvalidArgument(std::string(field) + ": has a space or control character");
  return absl::OkStatus();
}

absl::Status CheckListing(const char* field, int entries) {
  if (entries <= kMaxListingFiles) return absl::OkStatus();
  return Exhausted(std::string(field) + ": has " + std::to_string(entries) + " entries, allowed are " +
                   std::to_string(kMaxListingFiles));
}

// A person reads the problem of a listing: longer ones are cut.
constexpr size_t kMaxProblemBytes = 500;

// Tiers that we do not know are left out.
std::vector<TierUse> DecodeTiers(const google::protobuf::RepeatedPtrField<v1::TierUsage>& tiers) {
  std::vector<TierUse> uses;
  for (const v1::TierUsage& usage : tiers) {
    if (const auto tier = DecodeTier(usage.tier())) uses.push_back({*tier, usage.capacity_bytes(), usage.used_bytes()});
  }
  return uses;
}

bool IsFraction(double value) { return value >= 0 && value <= 1; }

}  // namespace

absl::StatusOr<WorkerHello> DecodeHello(const v1::Hello& hello) {
  const v1::HolderAddress& address = hello.address();
  LOCUS_RETURN_IF_ERROR(CheckName("hello.address.host", address.host(), true));
  LOCUS_RETURN_IF_ERROR(CheckName("hello.address.container_host", address.container_host(), false));
  LOCUS_RETURN_IF_ERROR(CheckName("hello.node", hello.node(), false));
  if (address.data_port() == 0 || address.data_port() > 65535) {
    return InvalidArgument("hello.address.data_port: " + std::to_string(address.data_port()) +
                           " is no port: 1 to 65535");
  }
  if (hello.version().size() > kMaxVersionBytes) {
    return InvalidArgument("hello.version: has more than " + std::to_string(kMaxVersionBytes) + " characters");
  }
  if (hello.tiers_size() > kMaxTierEntries) {
    return InvalidArgument("hello.tiers: has more than " + std::to_string(kMaxTierEntries) + " entries");
  }
  return WorkerHello{{address.host(), address.container_host(), address.data_port()},
                     hello.node(),
                     hello.version(),
                     DecodeTiers(hello.tiers()),
                     hello.blocks() == v1::Hello::ALLUXIO};
}

FileFact DecodeFact(const v1::FileFact& fact) {
  return {fact.file_id(), fact.path(), fact.length_bytes(), fact.block_bytes(), fact.modified_ns()};
}

absl::StatusOr<DecodedChanges> DecodeChanges(const v1::Changes& changes) {
  const int entries = changes.files_size() + changes.blocks_size();
  if (entries > kMaxChanges) {
    return Exhausted("changes: has " + std::to_string(entries) + " entries, allowed are " +
                     std::to_string(kMaxChanges));
  }
  DecodedChanges decoded;
  decoded.files.reserve(static_cast<size_t>(changes.files_size()));
  decoded.blocks.reserve(static_cast<size_t>(changes.blocks_size()));
  for (const v1::FileFact& fact : changes.files()) decoded.files.push_back(DecodeFact(fact));
  for (const v1::BlockChange& change : changes.blocks()) {
    const std::optional<Tier> tier = DecodeTier(change.tier());
    const bool added = change.kind() == v1::BlockChange::ADDED;
    if (!tier.has_value() || (!added && change.kind() != v1::BlockChange::REMOVED)) {
      ++decoded.malformed;
      continue;
    }
    decoded.blocks.push_back({change.file_id(), change.index(), *tier, added});
  }
  return decoded;
}

absl::StatusOr<ListingPart> DecodeListing(const v1::Listing& listing) {
  LOCUS_RETURN_IF_ERROR(CheckListing("listing.files", listing.files_size()));
  ListingPart part{
      listing.request(), {}, listing.done(), listing.not_found(), listing.problem().substr(0, kMaxProblemBytes)};
  part.files.reserve(static_cast<size_t>(listing.files_size()));
  for (const v1::FileFact& fact : listing.files()) part.files.push_back(DecodeFact(fact));
  return part;
}

absl::StatusOr<AnswerPart> DecodeAnswer(const v1::Listing& listing) {
  LOCUS_RETURN_IF_ERROR(CheckListing("listing.folders", listing.folders_size()));
  LOCUS_ASSIGN_OR_RETURN(ListingPart part, DecodeListing(listing));
  return AnswerPart{part.request, std::move(part.files), {listing.folders().begin(), listing.folders().end()},
                    part.done,    part.not_found,        std::move(part.problem)};
}

absl::StatusOr<DecodedBeat> DecodeBeat(const v1::Beat& beat) {
  if (beat.tiers_size() > kMaxTierEntries) {
    return Exhausted("beat.tiers: has more than " + std::to_string(kMaxTierEntries) + " entries");
  }
  DecodedBeat decoded;
  decoded.tiers = DecodeTiers(beat.tiers());
  if (beat.has_serving()) decoded.serving = beat.serving();
  if (beat.wall_time_ms() > 0 && beat.wall_time_ms() <= kMaxWallMs) {
    decoded.wall = WallTime(std::chrono::milliseconds(beat.wall_time_ms()));
  }
  if (!beat.has_load()) return decoded;
  const v1::NodeLoad& load = beat.load();
  if (!IsFraction(load.overall())) {
    ++decoded.malformed;
    return decoded;
  }
  NodeLoad result;
  const auto take = [&](bool has, double value, std::optional<double>* term) {
    if (has && IsFraction(value)) *term = value;
    if (has && !IsFraction(value)) ++decoded.malformed;
  };
  take(load.has_cpu(), load.cpu(), &result.cpu);
  take(load.has_cpu_pressure(), load.cpu_pressure(), &result.cpu_pressure);
  take(load.has_memory_pressure(), load.memory_pressure(), &result.memory_pressure);
  take(load.has_io_pressure(), load.io_pressure(), &result.io_pressure);
  take(load.has_disk(), load.disk(), &result.disk);
  take(load.has_network(), load.network(), &result.network);
  result.overall = load.overall();
  decoded.load = result;
  return decoded;
}

absl::StatusOr<std::vector<ClientBytes>> DecodeTraffic(const v1::Traffic& traffic) {
  if (traffic.clients_size() > kMaxTrafficClients) {
    return Exhausted("traffic.clients: has " + std::to_string(traffic.clients_size()) + " entries, allowed are " +
                     std::to_string(kMaxTrafficClients));
  }
  std::vector<ClientBytes> clients;
  clients.reserve(static_cast<size_t>(traffic.clients_size()));
  for (const v1::ClientTraffic& client : traffic.clients()) {
    if (client.address().empty() || client.address().size() > kMaxAddressBytes) continue;
    clients.push_back({client.address(), client.sent_bytes()});
  }
  return clients;
}

}  // namespace locus::meta
