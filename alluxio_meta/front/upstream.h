// The leading master, as calls are passed on to it.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

namespace locus::meta {

// Immutable, so thread-safe. One channel, so one connection: channel ids hold at the process that gave them.
struct Upstream {
  Upstream(std::string its_master, const std::shared_ptr<grpc::Channel>& its_channel)
      : master(std::move(its_master)), channel(its_channel), stub(its_channel) {}

  // "host:port".
  const std::string master;
  const std::shared_ptr<grpc::Channel> channel;
  mutable grpc::GenericStub stub;
};

// Where calls go now. Thread-safe.
class UpstreamSource {
 public:
  virtual ~UpstreamSource() = default;
  // Null while there is none; never waits.
  virtual std::shared_ptr<const Upstream> Current() = 0;
  // Why there is none, and what to do; for callers.
  virtual std::string Problem() const = 0;
  // A call to it has ended as if it did not lead any more, or was gone.
  virtual void Doubt(const std::shared_ptr<const Upstream>& upstream) = 0;
};

}  // namespace locus::meta
