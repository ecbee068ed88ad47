// Who looks at the messages of a call that is passed on.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>

namespace locus::meta {

// One call, as it comes in.
struct IncomingCall {
  // "/alluxio.grpc.file.FileSystemMasterClientService/ListStatus".
  std::string method;
  // The caller's IP address, canonical; empty where it has none.
  std::string address;
  // Metadata `channel-id`; empty when absent.
  std::string channel_id;
};

// Of one call. Request and Response may come from two threads at once, each for one message after the other. Done comes
// once, after the last Response; a Request may come beside it, or after it, when the call ends while the caller still
// speaks. The destructor comes last, alone. They block the call, and one thread of a few: no waiting in them.
class MessageFilter {
 public:
  virtual ~MessageFilter() = default;
  // May put something else in the message's place.
  virtual void Request(grpc::ByteBuffer* /*message*/) {}
  virtual void Response(grpc::ByteBuffer* /*message*/) {}
  virtual void Done(const grpc::Status& /*status*/) {}
};

// Null: nobody looks. Thread-safe.
using FilterFor = std::function<std::unique_ptr<MessageFilter>(const IncomingCall&)>;

}  // namespace locus::meta
