// A TCP server that answers each connection with a prologue and then one byte now and then, for ever.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace locus {

// On 127.0.0.1, one connection after another. Ends with its destructor.
class DrippingServer {
 public:
  explicit DrippingServer(std::string prologue);
  ~DrippingServer();
  DrippingServer(const DrippingServer&) = delete;
  DrippingServer& operator=(const DrippingServer&) = delete;
  int port() const { return port_; }

 private:
  void Serve();

  const std::string prologue_;
  int fd_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace locus
