#include "cache_worker/alluxio/master_link.h"

#include <algorithm>
#include <random>
#include <utility>

#include "alluxio_wire/block_id.h"
#include "alluxio_wire/leadership.h"
#include "alluxio_wire/plain.h"
#include "common/grpc_server.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::worker {
namespace {

namespace block = ::alluxio::grpc::block;
namespace file = ::alluxio::grpc::file;

// What Alluxio's own clients accept; and failures carry the master's stack at times.
constexpr int kMaxMessageBytes = 100 << 20;
constexpr int kMaxMetadataBytes = 1 << 20;
constexpr Duration kKeepalive = std::chrono::seconds(35);
constexpr Duration kFirstPause = std::chrono::milliseconds(100);
// A master gives at most 25 workers at a time leave to register. As Alluxio's own workers ask.
constexpr Duration kFirstLeasePause = std::chrono::milliseconds(250);
constexpr Duration kLongestLeasePause = std::chrono::seconds(10);
// Changes in one beat; the next one follows at once while there are more.
constexpr size_t kMaxNewsInBeat = 10'000;
// For the master's log.
constexpr char kChannelRef[] = "locus-worker";

// The master answered, and the connection is as good as before.
bool IsAnswer(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnimplemented: return false;
    default: return true;
  }
}

absl::Status Of(const grpc::Status& status, const std::string& master, const char* what) {
  return Annotate(FromGrpc(status), "Alluxio master " + master + ": " + what);
}

}  // namespace

MasterLink::MasterLink(MasterLinkOptions options, HeldBlocks& held, std::function<std::vector<TierUse>()> usage,
                       std::function<void(const BlockKey&)> drop, const Clock& clock)
    : options_(std::move(options)),
      held_(held),
      usage_(std::move(usage)),
      drop_(std::move(drop)),
      clock_(clock),
      ids_(std::mt19937_64(options_.seed)),
      backoff_(kFirstPause, options_.reconnect_max, options_.seed) {}

MasterLink::~MasterLink() { Stop(); }

void MasterLink::Start() {
  thread_ = std::thread([this] { Run(); });
}

void MasterLink::Stop() {
  calls_.Stop();
  if (thread_.joinable()) thread_.join();
  SetCurrent(nullptr);
}

MasterLink::ConnectionPtr MasterLink::current() const {
  MutexLock lock(mutex_);
  return current_;
}

void MasterLink::SetCurrent(ConnectionPtr connection) {
  MutexLock lock(mutex_);
  // The old one, with its thread, ends outside of the lock.
  current_.swap(connection);
}

void MasterLink::Run() {
  while (!calls_.stopped()) {
    bool was_registered = false;
    absl::StatusOr<ConnectionPtr> connection = Connect();
    absl::Status why = connection.status();
    if (connection.ok()) {
      SetCurrent(*connection);
      why = Serve(*connection, &was_registered);
      SetCurrent(nullptr);
    }
    registered_ = false;
    if (calls_.stopped()) return;
    ++stats_.failed_attempts;
    // Of an outage people are told once, not at each attempt.
    if (was_registered || !told_) {
      LogWarning(was_registered ? "lost the Alluxio master: what is cached is served on"
                                : "no Alluxio master takes this worker: trying on",
                 {{"reason", MessageOf(why)}});
    }
    told_ = true;
    if (was_registered) backoff_.Reset();
    calls_.Pause(backoff_.Next());
  }
}

absl::StatusOr<MasterLink::ConnectionPtr> MasterLink::Connect() {
  std::string said;
  for (size_t i = 0; i < options_.masters.size() && !calls_.stopped(); ++i) {
    const size_t at = (first_master_ + i) % options_.masters.size();
    auto connection = std::make_shared<Connection>();
    connection->master = options_.masters[at].Text();
    connection->channel = grpc::CreateCustomChannel(
        connection->master, grpc::InsecureChannelCredentials(),
        alluxio_wire::MasterChannelArguments(kMaxMessageBytes, kMaxMetadataBytes, kKeepalive));
    const grpc::Status leads = calls_.Make(options_.connect_timeout, nullptr, [&](grpc::ClientContext& context) {
      return alluxio_wire::AskWhetherItLeads(connection->channel, context);
    });
    if (leads.ok()) {
      first_master_ = at;
      connection->blocks = block::BlockMasterWorkerService::NewStub(connection->channel);
      connection->files = file::FileSystemMasterWorkerService::NewStub(connection->channel);
      LOCUS_RETURN_IF_ERROR(Authenticate(*connection));
      return connection;
    }
    said += (said.empty() ? "" : "; ") + connection->master + " said: " + leads.error_message();
  }
  return Unavailable("none of alluxio.masters says that it leads: " + said);
}

absl::Status MasterLink::Authenticate(Connection& connection) {
  LOCUS_ASSIGN_OR_RETURN(std::string response,
                         alluxio_wire::PlainInitialResponse(options_.user, alluxio_wire::kNoPassword));
  auto session = std::make_unique<alluxio_wire::Session>(
      connection.channel, alluxio_wire::SessionOptions{ids_.Next(), std::move(response), kChannelRef});
  const grpc::Status status =
      calls_.Make([&] { session->Cancel(); }, [&] { return session->Authenticate(options_.call_timeout); });
  // NOSASL: the master has no such service, and wants no id.
  if (status.error_code() == grpc::UNIMPLEMENTED) return absl::OkStatus();
  if (!status.ok()) return Of(status, connection.master, ("authenticate as user '" + options_.user + "'").c_str());
  connection.session = std::move(session);
  return absl::OkStatus();
}

absl::Status MasterLink::Serve(const ConnectionPtr& connection, bool* was_registered) {
  while (!calls_.stopped()) {
    LOCUS_ASSIGN_OR_RETURN(const int64_t worker_id, Register(*connection));
    registered_ = *was_registered = true;
    told_ = false;
    const absl::Status beaten = Beat(*connection, worker_id);
    registered_ = false;
    LOCUS_RETURN_IF_ERROR(beaten);
    LogInfo("the Alluxio master does not know this worker: registering again", {{"master", connection->master}});
  }
  return absl::CancelledError("stopping");
}

absl::StatusOr<int64_t> MasterLink::Register(const Connection& connection) {
  block::GetWorkerIdRequest request;
  *request.mutable_address() = AddressMessage(options_.place);
  block::GetWorkerIdResponse response;
  const grpc::Status named = calls_.Make(
      options_.call_timeout, connection.session.get(),
      [&](grpc::ClientContext& context) { return connection.blocks->GetWorkerId(&context, request, &response); });
  LOCUS_RETURN_IF_ERROR(Of(named, connection.master, "GetWorkerId"));
  const std::vector<LedgerBlock> blocks = held_.StartOver();
  LOCUS_RETURN_IF_ERROR(AwaitLease(connection, response.worker_id(), blocks.size()));
  LOCUS_RETURN_IF_ERROR(SendRegistration(connection, response.worker_id(), blocks));
  ++stats_.registrations;
  LogInfo("registered with the Alluxio master", {{"master", connection.master},
                                                 {"worker_id", response.worker_id()},
                                                 {"blocks", blocks.size()},
                                                 {"offers_capacity", options_.offer ? "yes" : "no"}});
  return response.worker_id();
}

absl::Status MasterLink::AwaitLease(const Connection& connection, int64_t worker_id, size_t blocks) {
  block::RegisterLeaseRequest request;
  request.set_worker_id(worker_id);
  request.set_block_count(static_cast<int64_t>(blocks));
  for (Duration pause = kFirstLeasePause;; pause = std::min(pause * 2, kLongestLeasePause)) {
    block::RegisterLeaseResponse response;
    const grpc::Status asked =
        calls_.Make(options_.call_timeout, connection.session.get(), [&](grpc::ClientContext& context) {
          return connection.blocks->RequestRegisterLease(&context, request, &response);
        });
    // A master with leases switched off.
    if (asked.error_code() == grpc::UNIMPLEMENTED) return absl::OkStatus();
    LOCUS_RETURN_IF_ERROR(Of(asked, connection.master, "RequestRegisterLease"));
    if (response.allowed()) return absl::OkStatus();
    if (!calls_.Pause(pause)) return absl::CancelledError("stopping");
  }
}

absl::Status MasterLink::SendRegistration(const Connection& connection, int64_t worker_id,
                                          const std::vector<LedgerBlock>& blocks) {
  const auto messages = RegistrationMessages(worker_id, usage_(), options_.offer, blocks);
  const grpc::Status status =
      calls_.Make(options_.registration_timeout, connection.session.get(), [&](grpc::ClientContext& context) {
        const auto stream = connection.blocks->RegisterWorkerStream(&context);
        block::RegisterWorkerResponse taken;
        bool goes_on = true;
        for (size_t i = 0; i < messages.size() && goes_on; ++i) {
          goes_on = stream->Write(messages[i]) && stream->Read(&taken);
        }
        if (goes_on) stream->WritesDone();
        while (stream->Read(&taken)) {
        }
        return stream->Finish();
      });
  return Of(status, connection.master, "RegisterWorkerStream");
}

absl::Status MasterLink::Beat(const Connection& connection, int64_t worker_id) {
  SteadyTime due = clock_.Now();
  for (;;) {
    LedgerNews news = held_.Take(kMaxNewsInBeat);
    while (!news.added.empty()) {
      const absl::Status committed = Commit(connection, worker_id, news.added.back());
      if (committed.ok()) {
        news.added.pop_back();
        continue;
      }
      held_.PutBack(news);
      // The worker is not registered any more.
      if (absl::IsNotFound(committed)) return absl::OkStatus();
      return committed;
    }
    const SteadyTime now = clock_.Now();
    if (now >= due || !news.empty()) {
      bool register_again = false;
      LOCUS_RETURN_IF_ERROR(BeatOnce(connection, worker_id, std::move(news), &register_again));
      if (register_again) return absl::OkStatus();
      due = clock_.Now() + options_.heartbeat;
    }
    if (!connection.alive()) return Unavailable("the Alluxio master has ended the session");
    if (!calls_.PauseUnless(std::max(due - clock_.Now(), Duration(0)), [this] { return held_.has_added(); })) {
      return absl::CancelledError("stopping");
    }
  }
}

absl::Status MasterLink::Commit(const Connection& connection, int64_t worker_id, const LedgerBlock& added) {
  const auto request = CommitMessage(worker_id, usage_(), added);
  block::CommitBlockResponse response;
  const grpc::Status status = calls_.Make(
      options_.call_timeout, connection.session.get(),
      [&](grpc::ClientContext& context) { return connection.blocks->CommitBlock(&context, request, &response); });
  ++(status.ok() ? stats_.commits : stats_.failed_commits);
  const absl::Status result = Of(status, connection.master, "CommitBlock");
  if (result.ok() || absl::IsNotFound(result) || !IsAnswer(result)) return result;
  // About this block, and no better the next time: it is served, and Alluxio does not know of it.
  LogWarning("the Alluxio master refuses a block", {{"block", added.id}, {"reason", MessageOf(result)}});
  return absl::OkStatus();
}

absl::Status MasterLink::BeatOnce(const Connection& connection, int64_t worker_id, LedgerNews news,
                                  bool* register_again) {
  const auto request = HeartbeatMessage(worker_id, usage_(), options_.offer, news);
  block::BlockHeartbeatResponse response;
  const grpc::Status status = calls_.Make(
      options_.call_timeout, connection.session.get(),
      [&](grpc::ClientContext& context) { return connection.blocks->BlockHeartbeat(&context, request, &response); });
  ++(status.ok() ? stats_.heartbeats : stats_.failed_heartbeats);
  if (!status.ok()) {
    held_.PutBack(news);
    const absl::Status result = Of(status, connection.master, "BlockHeartbeat");
    if (!IsAnswer(result)) return result;
    // Whatever it has against this beat, a registration tells all anew.
    LogWarning("the Alluxio master refuses a heartbeat", {{"reason", MessageOf(result)}});
    *register_again = calls_.Pause(options_.heartbeat);
    return absl::OkStatus();
  }
  const block::Command& command = response.command();
  switch (command.type()) {
    case block::COMMAND_REGISTER: *register_again = true; break;
    case block::COMMAND_FREE: Free({command.data().begin(), command.data().end()}); break;
    default: break;
  }
  return absl::OkStatus();
}

void MasterLink::Free(const std::vector<AlluxioBlockId>& ids) {
  // The next beat tells that they are gone; until then the master says it again.
  const std::vector<AlluxioBlockId> here = held_.ToFree(ids);
  for (const AlluxioBlockId id : here) drop_(KeyOf(id));
  stats_.freed += here.size();
  if (!here.empty()) LogInfo("freed blocks, as the Alluxio master said", {{"blocks", here.size()}});
}

absl::StatusOr<MasterFile> MasterLink::AskFile(uint64_t container) {
  const ConnectionPtr connection = current();
  if (connection == nullptr) return Unavailable("no Alluxio master leads at present: try again soon");
  file::GetFileInfoRequest request;
  request.set_file_id(alluxio_wire::FileIdOf(container));
  file::GetFileInfoResponse response;
  const grpc::Status status = calls_.Make(
      options_.call_timeout, connection->session.get(),
      [&](grpc::ClientContext& context) { return connection->files->GetFileInfo(&context, request, &response); });
  const absl::Status asked = Of(status, connection->master, "GetFileInfo");
  // A client must not take the master's word on our session for one on its own.
  if (!IsAnswer(asked)) return Unavailable(MessageOf(asked));
  LOCUS_RETURN_IF_ERROR(asked);
  return FileOf(response.file_info());
}

}  // namespace locus::worker
