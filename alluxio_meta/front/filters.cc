#include "alluxio_meta/front/filters.h"

#include <grpcpp/support/slice.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "alluxio_meta/front/caller_executors.h"
#include "alluxio_meta/front/methods.h"
#include "alluxio_meta/front/peer.h"
#include "alluxio_meta/front/rewriter.h"
#include "alluxio_meta/front/wire.h"

namespace locus::meta {
namespace {

// SaslMessage.
constexpr uint32_t kClientId = 3;
constexpr uint32_t kChannelRef = 5;

// A message in one piece; without a copy where gRPC has it in one piece.
class Whole {
 public:
  explicit Whole(const grpc::ByteBuffer& message)
      : good_(message.TrySingleSlice(&slice_).ok() || message.DumpToSingleSlice(&slice_).ok()) {}
  bool good() const { return good_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()}; }

 private:
  grpc::Slice slice_;
  const bool good_;
};

// The text as a message, without a copy.
grpc::ByteBuffer Wrap(std::string text) {
  auto* kept = new std::string(std::move(text));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); }, kept);
  return {&slice, 1};
}

class HandshakeFilter final : public MessageFilter {
 public:
  explicit HandshakeFilter(ChannelHosts& hosts) : hosts_(hosts) {}
  // Not in Done: a call to a master that is away may end before its first message is read.
  ~HandshakeFilter() override {
    if (number_ != 0) hosts_.Remove(channel_id_, number_);
  }

  void Request(grpc::ByteBuffer* message) override {
    if (number_ != 0) return;
    const Whole whole(*message);
    if (!whole.good()) return;
    std::string host;
    for (wire::Fields fields(whole.text()); fields.Next();) {
      const wire::Field& field = fields.field();
      if (field.number == kClientId) channel_id_ = field.bytes;
      if (field.number == kChannelRef) host = DialledHost(field.bytes);
    }
    if (!channel_id_.empty() && !host.empty()) number_ = hosts_.Put(channel_id_, std::move(host));
  }

 private:
  ChannelHosts& hosts_;
  std::string channel_id_;
  uint64_t number_ = 0;
};

// Of ListStatus, ListStatusPartial and GetStatus.
class ListingFilter final : public MessageFilter {
 public:
  ListingFilter(const FilterParts& parts, const IncomingCall& call)
      : parts_(parts), address_(call.address), is_status_(call.method == kGetStatus) {
    Identification who = parts.applications.Identify(call.address, parts.hosts.Of(call.channel_id));
    parts.metrics.Identified(who);
    if (!who.caller) return;
    caller_ = std::move(who.caller);
    executors_.emplace(caller_->application, parts.nodes);
    rewriter_.emplace(*executors_, parts.hosts_per_block);
  }

  void Request(grpc::ByteBuffer* message) override {
    if (!is_status_ || !caller_) return;
    const Whole whole(*message);
    opens_ = !whole.good() || OpensFile(whole.text());
  }

  void Response(grpc::ByteBuffer* message) override {
    if (!caller_ || opens_) return;
    const SteadyTime start = parts_.clock.Now();
    const Whole whole(*message);
    std::string rewritten;
    const Rewriter::Outcome outcome =
        whole.good() ? rewriter_->Rewrite(whole.text(), &rewritten) : Rewriter::Outcome::kMalformed;
    if (outcome == Rewriter::Outcome::kMalformed) parts_.metrics.Malformed();
    if (outcome == Rewriter::Outcome::kChanged) *message = Wrap(std::move(rewritten));
    parts_.metrics.RewriteTook(parts_.clock.Now() - start);
  }

  void Done(const grpc::Status&) override {
    if (!caller_) return;
    if (opens_) {
      parts_.book.Opened(*caller_, address_);
      return;
    }
    const RewriteCounts& counts = rewriter_->counts();
    parts_.metrics.Rewritten(counts);
    uint32_t executors = 0;
    for (const auto& [node, addresses] : caller_->application->executors) {
      executors += static_cast<uint32_t>(addresses.size());
    }
    parts_.book.Listed(*caller_, address_,
                       {counts.blocks, counts.rewritten, counts.without_executor, counts.uncached, executors});
  }

 private:
  const FilterParts parts_;
  const std::string address_;
  const bool is_status_;
  std::optional<CallerIdentity> caller_;
  std::optional<CallerExecutors> executors_;
  std::optional<Rewriter> rewriter_;
  // Written by the request's thread, read by the response's.
  std::atomic<bool> opens_{false};
};

}  // namespace

std::unique_ptr<MessageFilter> MakeFilter(const FilterParts& parts, const IncomingCall& call) {
  if (call.method == kAuthenticate) return std::make_unique<HandshakeFilter>(parts.hosts);
  if (call.method == kGetStatus || call.method == kListStatus || call.method == kListStatusPartial) {
    return std::make_unique<ListingFilter>(parts, call);
  }
  return nullptr;
}

}  // namespace locus::meta
