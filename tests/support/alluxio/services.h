// The gRPC services of a fake Alluxio master, and what each of their calls goes through.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "tests/support/alluxio/call_log.h"
#include "tests/support/alluxio/faults.h"
#include "tests/support/alluxio/sessions.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {

enum class Role { kLeader, kStandbyUnavailable, kStandbyNotFound };

// What GetMasterInfo and GetConfiguration say besides the world.
struct Identity {
  std::string cluster_id;
  std::string version;
  // The whole of GetConfiguration.
  std::map<std::string, std::string> properties;
};

// The path of every call: log, leadership, faults, channel id, then the call itself. Thread-safe.
class Desk {
 public:
  // All must outlive it. Without sessions calls need no channel id.
  Desk(World& its_world, CallLog& calls, Faults& its_faults, Sessions* sessions, const Clock& clock,
       Identity its_identity)
      : world(its_world),
        faults(its_faults),
        identity(std::move(its_identity)),
        calls_(calls),
        sessions_(sessions),
        clock_(clock) {}

  void SetRole(Role role) { role_ = role; }
  Role role() const { return role_; }
  Duration SinceStart() const;

  // `serve` gets the caller's user, and may count the entries that it answers.
  using Body = std::function<grpc::Status(const std::string& user, int64_t& entries)>;
  grpc::Status Serve(grpc::ServerContext& context, Call call, const Body& serve);
  // The same for methods that need no channel id; a standby serves them too when `on_standby`.
  grpc::Status ServeOpen(grpc::ServerContext& context, Call call, bool on_standby, const Body& serve);

  World& world;
  Faults& faults;
  const Identity identity;

 private:
  CallLog& calls_;
  Sessions* const sessions_;
  const Clock& clock_;
  std::atomic<Role> role_{Role::kLeader};
};

// All services but authenticate's. `desk` must outlive them.
std::vector<std::unique_ptr<grpc::Service>> MakeServices(Desk& desk);
std::unique_ptr<grpc::Service> MakeFileSystemService(Desk& desk);

}  // namespace locus::fake_alluxio
