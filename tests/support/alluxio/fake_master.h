// An Alluxio 2.9 master in this process: real sockets and the real wire (proto/alluxio), over a made-up world. The
// suite in tests/contract/alluxio judges it and a real master alike; where they differ, this one is wrong.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/clock.h"
#include "tests/support/alluxio/call_log.h"
#include "tests/support/alluxio/faults.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {

class TcpGate;
class Sessions;
class Services;

enum class Authentication { kNoSasl, kSimple, kCustom };

struct FakeMasterOptions {
  Authentication authentication = Authentication::kSimple;
  // User to password, for kCustom.
  std::map<std::string, std::string> passwords = {};
  std::string cluster_id = "3f3c8f0e-5d0e-4f0a-9a63-6f1d0a4b7c11";
  std::string version = "2.9.6";
  // GetConfiguration's, besides alluxio.security.authentication.type and alluxio.version.
  std::map<std::string, std::string> properties = {{"alluxio.user.block.size.bytes.default", "64MB"}};
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel. Kept for life, whatever happens behind it.
  int port = 0;
  // Of world, log and silences; the machine's when null. Must outlive the master.
  const Clock* clock = nullptr;
};

// What a master that is not the leader does.
enum class Standby {
  // Accepts and closes each connection at once (standby.master.grpc.enabled=false).
  kCloses,
  // Speaks gRPC, and answers getServiceVersion with UNAVAILABLE (kUnavailable) or NOT_FOUND (kNotFound), all else with
  // UNIMPLEMENTED.
  kUnavailable,
  kNotFound,
};

// Serves from its constructor to its destructor. Thread-safe. Connection faults hold until Restore.
class FakeMaster {
 public:
  // Throws std::runtime_error when the port cannot be had.
  explicit FakeMaster(FakeMasterOptions options = {});
  ~FakeMaster();
  FakeMaster(const FakeMaster&) = delete;
  FakeMaster& operator=(const FakeMaster&) = delete;

  int port() const;
  // "127.0.0.1:port".
  std::string target() const;
  World& world() { return world_; }
  CallLog& calls() { return calls_; }
  Faults& faults() { return faults_; }

  // --- connections ---
  // Breaks open connections; new ones are refused, as on a machine whose process is gone.
  void Refuse();
  // Half-open: connections, old and new, are accepted and kept, and no byte passes in either direction.
  void Freeze();
  // Breaks open connections once; new ones are served.
  void Cut();
  // The end of Refuse and Freeze. What was frozen is broken.
  void Restore();

  // --- sessions ---
  // Channel ids that are held.
  size_t sessions() const;
  // Ends every authenticate stream with this status, as the sweep of stale ids does (with OK).
  void EndSessions(const grpc::Status& status);
  // The ids are unknown from now on, and their streams stay: calls are UNAUTHENTICATED.
  void ForgetSessions();

  // --- leadership ---
  // As a process killed and started again: connections break; same cluster id, a new start time; no workers and no
  // locations until they Register in the world (World::RegisterAll).
  void Restart();
  void BecomeStandby(Standby kind);
  // Of a standby: a new life like a restart. Connections stay.
  void BecomeLeader();

 private:
  grpc::Status OnHandshake(const std::string& user, const grpc::Status& deserved);

  const SystemClock system_clock_;
  const FakeMasterOptions options_;
  const Clock& clock_;
  World world_;
  CallLog calls_;
  Faults faults_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<TcpGate> gate_;
};

}  // namespace locus::fake_alluxio
