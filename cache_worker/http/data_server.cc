#include "cache_worker/http/data_server.h"

#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <iterator>

#include "cache_worker/http/field_text.h"
#include "cache_worker/http/replies.h"
#include "common/listening_socket.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Request line, header fields and what libmicrohttpd keeps for a connection. A path of 4,096 bytes, each of them
// percent-encoded, takes 12 KiB.
constexpr size_t kConnectionMemory = 32 << 10;
// What a body that comes from no single block is handed to the socket in.
constexpr size_t kPieceBytes = 128 << 10;
// A body has no meaning here; one that is larger than any mistake ends the connection.
constexpr size_t kMaxRequestBody = 64 << 10;

// libmicrohttpd undoes percent-encoding in place and ends at a NUL: ParseTarget does it, with errors.
size_t LeaveEncoded(void*, MHD_Connection*, char* text) { return std::char_traits<char>::length(text); }

void LogLibrary(void*, const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  LogDebug("libmicrohttpd", {{"text", text}});
}

// Values of one field, in order.
struct Values {
  const char* name;
  std::optional<std::string> joined;
  int count = 0;
};

MHD_Result Collect(void* cls, MHD_ValueKind, const char* key, const char* value) {
  auto& values = *static_cast<Values*>(cls);
  if (key == nullptr || !EqualsIgnoringCase(key, values.name)) return MHD_YES;
  const std::string text = value == nullptr ? "" : value;
  values.joined = values.joined ? *values.joined + ", " + text : text;
  ++values.count;
  return MHD_YES;
}

Values ValuesOf(MHD_Connection* connection, const char* name) {
  Values values{name, std::nullopt, 0};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, &Collect, &values);
  return values;
}

ConditionFields FieldsOf(MHD_Connection* connection) {
  ConditionFields fields;
  fields.if_match = ValuesOf(connection, "If-Match").joined;
  fields.if_none_match = ValuesOf(connection, "If-None-Match").joined;
  fields.if_modified_since = ValuesOf(connection, "If-Modified-Since").joined;
  fields.if_unmodified_since = ValuesOf(connection, "If-Unmodified-Since").joined;
  fields.if_range = ValuesOf(connection, "If-Range").joined;
  const Values range = ValuesOf(connection, "Range");
  if (range.count == 1) fields.range = range.joined;
  return fields;
}

size_t CodeIndex(int status) {
  const auto* const found = std::find(std::begin(DataServerStats::kCodes), std::end(DataServerStats::kCodes), status);
  return static_cast<size_t>(std::min(found, std::end(DataServerStats::kCodes) - 1) -
                             std::begin(DataServerStats::kCodes));
}

// One request, from its head to the last byte of its answer.
struct Exchange {
  MHD_Connection* connection = nullptr;
  size_t body_bytes = 0;
  bool asked = false;
  // Filled in by a thread of the content service while the connection sleeps. Under Impl::mutex.
  std::optional<Answer> answer;
  std::shared_ptr<FileBody> body;
  // Of a body that leaves by sendfile: told when it has left.
  uint64_t in_file_bytes = 0;
  std::optional<Tier> source;
  bool sends = false;
};

}  // namespace

struct DataServer::Impl {
  Impl(HttpDataOptions o, ReadThrough& r, const Clock& clock)
      : options(std::move(o)), reads(r), content(options.content, r, clock) {}

  const HttpDataOptions options;
  ReadThrough& reads;
  DataServerStats stats;
  ContentService content;
  MHD_Daemon* daemon = nullptr;
  int port = 0;
  std::atomic<bool> ready{false};
  Mutex mutex;
  CondVar changed;
  // Connections that sleep until somebody wakes them: libmicrohttpd cannot stop while there are any.
  int sleeping GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  bool stopped = false;

  // False: the server stops, and nobody may sleep any more.
  bool Sleep(MHD_Connection* connection) {
    MutexLock lock(mutex);
    if (stopping) return false;
    ++sleeping;
    MHD_suspend_connection(connection);
    return true;
  }
  void Wake(MHD_Connection* connection) {
    MutexLock lock(mutex);
    WakeLocked(connection);
  }
  void WakeLocked(MHD_Connection* connection) REQUIRES(mutex) {
    MHD_resume_connection(connection);
    --sleeping;
    changed.NotifyAll();
  }
  void GiveAnswer(Exchange& exchange, Answer answer) {
    MutexLock lock(mutex);
    exchange.answer = std::move(answer);
    WakeLocked(exchange.connection);
  }
  std::optional<Answer> TakeAnswer(Exchange& exchange) {
    MutexLock lock(mutex);
    return std::exchange(exchange.answer, std::nullopt);
  }

  MHD_Result Handle(Exchange& exchange, const char* target, const std::string& method, size_t* upload);
  MHD_Result Ask(Exchange& exchange, Question question);
  MHD_Result Respond(Exchange& exchange, Answer answer);
  MHD_Response* BodyOf(Exchange& exchange, Answer& answer);
  void End(Exchange& exchange, bool whole);

  static MHD_Result OnConnection(void* cls, const sockaddr*, socklen_t);
  static void OnConnectionChange(void* cls, MHD_Connection*, void**, MHD_ConnectionNotificationCode code);
  static MHD_Result OnRequest(void* cls, MHD_Connection* connection, const char* url, const char* method, const char*,
                              const char*, size_t* upload_size, void** exchange);
  static void OnEnd(void* cls, MHD_Connection*, void** exchange, MHD_RequestTerminationCode code);
  static ssize_t OnPull(void* cls, uint64_t, char* to, size_t max);
  static void OnBodyGone(void* cls) { delete static_cast<std::shared_ptr<FileBody>*>(cls); }
};

MHD_Result DataServer::Impl::OnConnection(void* cls, const sockaddr*, socklen_t) {
  auto& self = *static_cast<Impl*>(cls);
  if (self.stats.connections < self.options.max_connections) return MHD_YES;
  ++self.stats.refused;
  return MHD_NO;
}

void DataServer::Impl::OnConnectionChange(void* cls, MHD_Connection*, void**, MHD_ConnectionNotificationCode code) {
  auto& connections = static_cast<Impl*>(cls)->stats.connections;
  code == MHD_CONNECTION_NOTIFY_STARTED ? ++connections : --connections;
}

MHD_Result DataServer::Impl::OnRequest(void* cls, MHD_Connection* connection, const char* url, const char* method,
                                       const char*, const char*, size_t* upload_size, void** exchange) {
  if (*exchange == nullptr) {
    auto* const fresh = new Exchange;
    fresh->connection = connection;
    *exchange = fresh;
    return MHD_YES;
  }
  return static_cast<Impl*>(cls)->Handle(*static_cast<Exchange*>(*exchange), url, method, upload_size);
}

MHD_Result DataServer::Impl::Handle(Exchange& exchange, const char* target, const std::string& method, size_t* upload) {
  if (*upload > 0) {
    exchange.body_bytes += *upload;
    *upload = 0;
    return exchange.body_bytes <= kMaxRequestBody ? MHD_YES : MHD_NO;
  }
  if (exchange.asked) {
    std::optional<Answer> answer = TakeAnswer(exchange);
    return answer ? Respond(exchange, std::move(*answer)) : MHD_YES;
  }
  if (method != "GET" && method != "HEAD") {
    Answer refusal = ErrorAnswer(InvalidArgument("only GET and HEAD are served here"));
    refusal.status = MHD_HTTP_METHOD_NOT_ALLOWED;
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return Respond(exchange, std::move(refusal));
  }
  // RFC 9112, 6.3: where the next request starts is then a matter of opinion.
  if (ValuesOf(exchange.connection, "Transfer-Encoding").count > 0 &&
      ValuesOf(exchange.connection, "Content-Length").count > 0) {
    Answer refusal = ErrorAnswer(InvalidArgument("Transfer-Encoding and Content-Length contradict each other"));
    refusal.headers.emplace_back("Connection", "close");
    return Respond(exchange, std::move(refusal));
  }
  if (!ready) {
    return Respond(exchange,
                   ErrorAnswer(Unavailable("this worker is looking through its tier folders: try again soon")));
  }
  absl::StatusOr<Target> parsed = ParseTarget(target);
  if (!parsed.ok()) return Respond(exchange, ErrorAnswer(parsed.status()));
  return Ask(exchange, {method == "GET", std::move(*parsed), FieldsOf(exchange.connection)});
}

MHD_Result DataServer::Impl::Ask(Exchange& exchange, Question question) {
  if (!Sleep(exchange.connection)) return Respond(exchange, ErrorAnswer(Unavailable("this worker is stopping")));
  exchange.asked = true;
  content.Ask(std::move(question), [this, &exchange](Answer answer) { GiveAnswer(exchange, std::move(answer)); });
  return MHD_YES;
}

MHD_Result DataServer::Impl::Respond(Exchange& exchange, Answer answer) {
  const int status = answer.status;
  MHD_Response* const response = BodyOf(exchange, answer);
  if (response == nullptr) return MHD_NO;
  for (const auto& [name, value] : answer.headers) MHD_add_response_header(response, name.c_str(), value.c_str());
  const MHD_Result queued = MHD_queue_response(exchange.connection, static_cast<unsigned>(status), response);
  MHD_destroy_response(response);
  if (queued == MHD_YES) ++stats.answers[CodeIndex(status)];
  return queued;
}

MHD_Response* DataServer::Impl::BodyOf(Exchange& exchange, Answer& answer) {
  if (!answer.first) {
    // Of HEAD the length alone matters: nobody pulls.
    if (answer.text.empty() && answer.length > 0) {
      return MHD_create_response_from_callback(answer.length, 1, &OnPull, nullptr, nullptr);
    }
    return MHD_create_response_from_buffer(answer.text.size(), answer.text.data(), MHD_RESPMEM_MUST_COPY);
  }
  exchange.sends = true;
  ++stats.sending;
  exchange.source = answer.first->source();
  if (answer.first->end() == answer.end) {
    if (const auto file = answer.first->Release()) {
      MHD_Response* const response = MHD_create_response_from_fd_at_offset64(answer.length, file->fd, file->offset);
      if (response == nullptr) ::close(file->fd);
      exchange.in_file_bytes = answer.length;
      return response;
    }
  }
  const FileBody::Waiting waiting{[this, &exchange] { return Sleep(exchange.connection); },
                                  [this, &exchange] { Wake(exchange.connection); }};
  exchange.body = FileBody::Create(content.sources(), answer.file, std::move(*answer.first), answer.end,
                                   answer.past_until, waiting);
  return MHD_create_response_from_callback(answer.length, kPieceBytes, &OnPull,
                                           new std::shared_ptr<FileBody>(exchange.body), &OnBodyGone);
}

ssize_t DataServer::Impl::OnPull(void* cls, uint64_t, char* to, size_t max) {
  if (cls == nullptr) return MHD_CONTENT_READER_END_WITH_ERROR;
  const ssize_t got = (*static_cast<std::shared_ptr<FileBody>*>(cls))->Pull(to, max);
  return got == FileBody::kBroken ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

void DataServer::Impl::OnEnd(void* cls, MHD_Connection*, void** exchange, MHD_RequestTerminationCode code) {
  auto* const ended = static_cast<Exchange*>(*exchange);
  if (ended == nullptr) return;
  static_cast<Impl*>(cls)->End(*ended, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  delete ended;
  *exchange = nullptr;
}

void DataServer::Impl::End(Exchange& exchange, bool whole) {
  if (!exchange.sends) return;
  --stats.sending;
  if (whole) {
    if (exchange.in_file_bytes > 0) reads.NoteServed(exchange.in_file_bytes, exchange.source);
    return;
  }
  const absl::Status failure = exchange.body == nullptr ? absl::OkStatus() : exchange.body->failure();
  if (failure.ok()) {
    ++stats.left;
    return;
  }
  ++stats.broken;
  LogWarning("an answer was broken off", {{"reason", MessageOf(failure)}});
}

DataServer::DataServer(HttpDataOptions options, ReadThrough& reads, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), reads, clock)) {}

DataServer::~DataServer() { Stop(); }

absl::Status DataServer::Start() {
  Impl& s = *impl_;
  RaiseFileLimit();
  LOCUS_ASSIGN_OR_RETURN(const ListeningSocket socket, ListenOn(s.options.address, s.options.port));
  const auto idle = std::chrono::duration_cast<std::chrono::seconds>(s.options.idle_timeout).count();
  // The library divides its own bound among the threads, and leaves further connections waiting: OnConnection counts.
  const uint32_t bound = (s.options.max_connections + 1) * s.options.threads;
  MHD_OptionItem items[] = {
      {MHD_OPTION_LISTEN_SOCKET, socket.fd, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, static_cast<intptr_t>(bound), nullptr},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<intptr_t>(kConnectionMemory), nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, static_cast<intptr_t>(std::max<int64_t>(1, idle)), nullptr},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&Impl::OnEnd), &s},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&Impl::OnConnectionChange), &s},
      {MHD_OPTION_UNESCAPE_CALLBACK, reinterpret_cast<intptr_t>(&LeaveEncoded), nullptr},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
      // A pool of one is what there is without it.
      {s.options.threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, s.options.threads, nullptr},
      {MHD_OPTION_END, 0, nullptr}};
  s.daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                              &Impl::OnConnection, &s, &Impl::OnRequest, &s, MHD_OPTION_EXTERNAL_LOGGER, &LogLibrary,
                              nullptr, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
  if (s.daemon == nullptr) {
    ::close(socket.fd);
    return Unavailable("cannot serve on " + s.options.address + ":" + std::to_string(socket.port) +
                       ": no threads or memory for it");
  }
  s.port = socket.port;
  return absl::OkStatus();
}

void DataServer::SetReady() { impl_->ready = true; }

int DataServer::port() const { return impl_->port; }

const DataServerStats& DataServer::stats() const { return impl_->stats; }

void DataServer::Stop() {
  Impl& s = *impl_;
  if (s.stopped) return;
  s.stopped = true;
  s.content.Cancel();
  if (s.daemon != nullptr) {
    const MHD_socket listening = MHD_quiesce_daemon(s.daemon);
    {
      MutexLock lock(s.mutex);
      s.stopping = true;
      s.changed.Wait(s.mutex, [&s] { return s.sleeping == 0; });
    }
    MHD_stop_daemon(s.daemon);
    s.daemon = nullptr;
    if (listening != MHD_INVALID_SOCKET) ::close(listening);
  }
  s.content.Stop();
}

}  // namespace locus::worker
