// The mirror's client of Alluxio 2.9's master; docs/alluxio.md tells of the protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/alluxio/master_stats.h"
#include "common/clock.h"

namespace locus::meta {

// Thread-safe. Connects when first asked, and again, with a new search for the leader and a new channel id, when the
// authenticate stream has ended, the master does not know the channel id any more, the connection broke or a call ran
// into its deadline. One thread for each connection, which waits for the end of the authenticate stream.
//
// An attempt that met a broken connection is made again, twice at most. A question that finds no leader waits for the
// pause between attempts to connect, asks every master once and is UNAVAILABLE, so that whoever asks hears of it soon.
class MasterClient final : public Master {
 public:
  // INVALID_ARGUMENT names each address in `masters` that is none. The clock must outlive the client.
  static absl::StatusOr<std::unique_ptr<MasterClient>> Create(MasterOptions options, const Clock& clock);
  // Stops.
  ~MasterClient() override;
  MasterClient(const MasterClient&) = delete;
  MasterClient& operator=(const MasterClient&) = delete;

  absl::StatusOr<MasterWorkers> Workers() override;
  absl::StatusOr<MasterMounts> Mounts() override;
  // `page` is called by the calling thread, without locks; it may ask this client.
  absl::Status List(const std::string& path, const std::function<bool(MasterPage)>& page) override;
  absl::StatusOr<MasterPage> Status(const std::string& path) override;
  // Idempotent; for good.
  void Stop() override;

  MasterStats Stats() const;

 private:
  class Impl;
  explicit MasterClient(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace locus::meta
