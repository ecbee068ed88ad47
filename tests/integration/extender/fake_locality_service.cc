#include "tests/integration/extender/fake_locality_service.h"

#include <thread>

namespace locus::extender {

void FakeLocalityService::Put(const v1::InputLocality& input) {
  MutexLock lock(mutex_);
  inputs_[input.input()] = input;
  ++epoch_;
  for (const auto& client : clients_) {
    if (client->followed.count(input.input()) != 0) client->unsent.insert(input.input());
  }
  changed_.NotifyAll();
}

void FakeLocalityService::PutWorkers(const v1::WorkerList& workers) {
  MutexLock lock(mutex_);
  workers_ = workers;
  for (const auto& client : clients_) client->send_workers = true;
  changed_.NotifyAll();
}

void FakeLocalityService::PutSample(const std::string& input, const v1::SampleBlocksResponse& sample) {
  MutexLock lock(mutex_);
  samples_[input] = sample;
}

void FakeLocalityService::HoldSamples() {
  MutexLock lock(mutex_);
  hold_samples_ = true;
}

void FakeLocalityService::SetSilent(bool silent) {
  MutexLock lock(mutex_);
  silent_ = silent;
  changed_.NotifyAll();
}

void FakeLocalityService::BreakStreams() {
  MutexLock lock(mutex_);
  for (const auto& client : clients_) client->broken = true;
  changed_.NotifyAll();
}

void FakeLocalityService::Beat() {
  MutexLock lock(mutex_);
  for (const auto& client : clients_) client->send_beat = true;
  changed_.NotifyAll();
}

std::set<std::string> FakeLocalityService::followed() const {
  MutexLock lock(mutex_);
  return clients_.empty() ? std::set<std::string>() : clients_.back()->followed;
}

std::vector<std::string> FakeLocalityService::removed() const {
  MutexLock lock(mutex_);
  return clients_.empty() ? std::vector<std::string>() : clients_.back()->removed;
}

int FakeLocalityService::streams() const {
  MutexLock lock(mutex_);
  return static_cast<int>(clients_.size());
}

int FakeLocalityService::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

std::vector<v1::SampleBlocksRequest> FakeLocalityService::sampled() const {
  MutexLock lock(mutex_);
  return sampled_;
}

grpc::Status FakeLocalityService::SampleBlocks(grpc::ServerContext* context, const v1::SampleBlocksRequest* request,
                                               v1::SampleBlocksResponse* response) {
  MutexLock lock(mutex_);
  sampled_.push_back(*request);
  // A call that is given up tells nobody: it is looked for.
  while (hold_samples_ && !context->IsCancelled()) {
    changed_.WaitFor(mutex_, std::chrono::milliseconds(5), [] { return false; });
  }
  const auto found = samples_.find(request->input());
  if (found == samples_.end()) return {grpc::StatusCode::UNIMPLEMENTED, ""};
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeLocalityService::WatchLocality(grpc::ServerContext* context, Stream* stream) {
  const auto client = std::make_shared<Client>();
  {
    MutexLock lock(mutex_);
    clients_.push_back(client);
  }
  std::thread writer([this, context, stream, client] { Write(*context, *stream, *client); });
  v1::WatchLocalityRequest request;
  while (stream->Read(&request)) {
    MutexLock lock(mutex_);
    ++requests_;
    for (const std::string& input : request.remove()) {
      client->followed.erase(input);
      client->unsent.erase(input);
      client->removed.push_back(input);
    }
    for (const std::string& input : request.add()) {
      client->followed.insert(input);
      client->unsent.insert(input);
    }
    changed_.NotifyAll();
  }
  bool broken = false;
  {
    MutexLock lock(mutex_);
    client->gone = true;
    broken = client->broken;
    changed_.NotifyAll();
  }
  writer.join();
  return broken ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken by the test") : grpc::Status::OK;
}

void FakeLocalityService::Write(grpc::ServerContext& context, Stream& stream, Client& client) {
  for (;;) {
    v1::WatchLocalityResponse message;
    {
      MutexLock lock(mutex_);
      const auto due = [this, &client]() REQUIRES(mutex_) {
        const bool news = !client.unsent.empty() || client.send_workers || client.send_beat;
        return client.gone || client.broken || (news && !silent_);
      };
      changed_.Wait(mutex_, due);
      if (client.gone || client.broken) break;
      message = NextMessage(client);
    }
    stream.Write(message);
  }
  // The reader sits in Read.
  context.TryCancel();
}

v1::WatchLocalityResponse FakeLocalityService::NextMessage(Client& client) {
  v1::WatchLocalityResponse message;
  message.mutable_freshness()->set_run(1);
  message.mutable_freshness()->set_epoch(epoch_);
  for (const std::string& input : client.unsent) {
    const auto found = inputs_.find(input);
    v1::InputLocality* to = message.add_inputs();
    if (found != inputs_.end()) {
      *to = found->second;
    } else {
      to->set_input(input);
      to->set_state(v1::InputLocality::PENDING);
    }
  }
  if (client.send_workers) *message.mutable_workers() = workers_;
  client.unsent.clear();
  client.send_workers = client.send_beat = false;
  return message;
}

namespace {

GrpcServerOptions AtPort(int port) {
  GrpcServerOptions options;
  options.port = port;
  options.drain = std::chrono::milliseconds(100);
  return options;
}

}  // namespace

FakeMeta::FakeMeta(FakeLocalityService& service, int port)
    : service_(service), server_(AtPort(port)), ok_(server_.Start({&service}).ok()) {}

void FakeMeta::Stop() {
  service_.BreakStreams();
  server_.Stop();
}

}  // namespace locus::extender
