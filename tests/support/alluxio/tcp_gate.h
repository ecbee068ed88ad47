// A port that passes bytes on to a server behind it, or misbehaves: the faults of connections that a gRPC server cannot
// show by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::fake_alluxio {

// One thread. Thread-safe; each call returns when it has taken effect.
class TcpGate {
 public:
  enum class Mode {
    kPass,
    // Nobody listens.
    kRefuse,
    // Accepts, and passes nothing in either direction.
    kFreeze,
    // Accepts and closes at once.
    kClose,
  };

  // Throws std::runtime_error when address and port cannot be had. The port is held for life, also while it refuses.
  TcpGate(const std::string& address, int port, int port_behind);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  int port() const { return port_; }
  // To kFreeze open connections stay, frozen; to any other mode, and from kFreeze, they are broken.
  void SetMode(Mode mode);
  // Breaks open connections.
  void Cut();

 private:
  struct Pipe;
  struct Connection;

  void Run();
  void Listen();
  void Apply() REQUIRES(mutex_);
  void Command(Mode mode, bool cut);
  void Accept();
  void Serve(const std::vector<short>& events);
  int Open(bool listening) const;

  const std::string address_;
  const int port_behind_;
  int port_ = 0;
  // Bound and never listening: keeps the port while there is no listener.
  int reservation_ = -1;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::vector<std::unique_ptr<Connection>> connections_;
  // The thread's own copy of the mode.
  Mode active_ = Mode::kPass;

  Mutex mutex_;
  CondVar applied_;
  Mode mode_ GUARDED_BY(mutex_) = Mode::kPass;
  bool cut_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  uint64_t asked_ GUARDED_BY(mutex_) = 0;
  uint64_t done_ GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace locus::fake_alluxio
