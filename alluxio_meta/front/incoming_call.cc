#include "alluxio_meta/front/incoming_call.h"

#include "alluxio_meta/front/peer.h"

namespace locus::meta {
namespace {

constexpr char kChannelIdHeader[] = "channel-id";

class RefusedCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusedCall(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

IncomingCall Describe(const grpc::GenericCallbackServerContext& context) {
  IncomingCall call{context.method(), PeerAddress(context.peer()), ""};
  const auto id = context.client_metadata().find(kChannelIdHeader);
  if (id != context.client_metadata().end()) call.channel_id.assign(id->second.data(), id->second.size());
  return call;
}

grpc::ServerGenericBidiReactor* RefuseCall(const grpc::Status& status) { return new RefusedCall(status); }

}  // namespace locus::meta
