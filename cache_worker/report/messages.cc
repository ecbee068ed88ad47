#include "cache_worker/report/messages.h"

namespace locus::worker {

v1::Tier ToWire(Tier tier) { return static_cast<v1::Tier>(tier); }

v1::FileFact ToWire(const FileFacts& file) {
  v1::FileFact fact;
  fact.set_file_id(file.file_id);
  fact.set_path(file.path);
  fact.set_length_bytes(file.length);
  fact.set_block_bytes(file.block_bytes);
  fact.set_modified_ns(file.modified_ns);
  return fact;
}

v1::NodeLoad ToWire(const LoadTerms& terms) {
  v1::NodeLoad load;
  if (terms.cpu) load.set_cpu(*terms.cpu);
  if (terms.cpu_pressure) load.set_cpu_pressure(*terms.cpu_pressure);
  if (terms.memory_pressure) load.set_memory_pressure(*terms.memory_pressure);
  if (terms.io_pressure) load.set_io_pressure(*terms.io_pressure);
  if (terms.disk) load.set_disk(*terms.disk);
  if (terms.network) load.set_network(*terms.network);
  load.set_overall(FoldLoad(terms));
  return load;
}

v1::TierUsage ToWire(const TierUse& use) {
  v1::TierUsage usage;
  usage.set_tier(ToWire(use.tier));
  usage.set_capacity_bytes(use.capacity_bytes);
  usage.set_used_bytes(use.used_bytes);
  return usage;
}

v1::ReportRequest ToWire(const ListingPage& page) {
  v1::ReportRequest request;
  v1::Listing& listing = *request.mutable_listing();
  listing.set_request(page.request);
  for (const FileFacts& file : page.files) *listing.add_files() = ToWire(file);
  for (const std::string& folder : page.folders) listing.add_folders(folder);
  listing.set_done(page.done);
  listing.set_not_found(page.not_found);
  listing.set_problem(page.problem);
  return request;
}

v1::ReportRequest BeatMessage(const std::optional<LoadTerms>& load, const std::vector<TierUse>& usage,
                              std::optional<bool> serving, WallTime now) {
  v1::ReportRequest request;
  v1::Beat& beat = *request.mutable_beat();
  if (load) *beat.mutable_load() = ToWire(*load);
  for (const TierUse& use : usage) *beat.add_tiers() = ToWire(use);
  if (serving) beat.set_serving(*serving);
  beat.set_wall_time_ms(ToMillis(now.time_since_epoch()).count());
  return request;
}

v1::ReportRequest ToWire(const std::vector<ClientBytes>& clients) {
  v1::ReportRequest request;
  v1::Traffic& traffic = *request.mutable_traffic();
  for (const ClientBytes& one : clients) {
    v1::ClientTraffic& client = *traffic.add_clients();
    client.set_address(one.client);
    client.set_sent_bytes(one.bytes);
  }
  return request;
}

std::vector<v1::ReportRequest> ChangeEncoder::Encode(const std::vector<BlockEvent>& events) {
  std::vector<v1::ReportRequest> messages;
  size_t entries = kMaxChangeEntries, path_bytes = 0;
  for (const BlockEvent& event : events) {
    if (told_.size() >= kMaxTold) told_.clear();
    const bool new_file = event.file != nullptr && told_.insert(event.file->file_id).second;
    const size_t more = new_file ? 2 : 1;
    const size_t more_path_bytes = new_file ? event.file->path.size() : 0;
    if (entries + more > kMaxChangeEntries || path_bytes + more_path_bytes > kMaxPathBytesInMessage) {
      messages.emplace_back();
      entries = path_bytes = 0;
    }
    v1::Changes& changes = *messages.back().mutable_changes();
    if (new_file) *changes.add_files() = ToWire(*event.file);
    v1::BlockChange& change = *changes.add_blocks();
    change.set_file_id(event.file != nullptr ? event.file->file_id : event.file_id);
    change.set_index(event.index);
    change.set_kind(event.added ? v1::BlockChange::ADDED : v1::BlockChange::REMOVED);
    change.set_tier(ToWire(event.tier));
    entries += more;
    path_bytes += more_path_bytes;
  }
  return messages;
}

}  // namespace locus::worker
