// Calls through the front are what they are without it.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/alluxio_meta/running_front.h"
#include "tests/integration/alluxio_meta/tiny_master.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;
namespace file = ::alluxio::grpc::file;

namespace {

using Stub = file::FileSystemMasterClientService::Stub;

// A master without sessions, the front, and a client of it.
struct Passing {
  explicit Passing(uint32_t max_calls = 1000) : front({master.address()}, max_calls) {
    REQUIRE(front.AwaitLeader());
    stub = file::FileSystemMasterClientService::NewStub(ChannelTo(front.target()));
  }
  TinyMaster master{TinyMasterOptions{.sasl = false}};
  RunningFront front;
  std::unique_ptr<Stub> stub;
};

std::string Find(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata, const std::string& key) {
  const auto place = metadata.find(key);
  return place == metadata.end() ? "" : std::string(place->second.data(), place->second.size());
}

void WaitForCancellation(const grpc::ServerContext* context) {
  while (!context->IsCancelled()) std::this_thread::sleep_for(1ms);
}

const std::string kBinary = std::string("\0\xff\n", 3) + "binary";

}  // namespace

TEST_CASE("metadata, messages and trailers pass in both directions", "[front]") {
  Passing passing;
  passing.master.on_page = [](grpc::ServerContext* context, const file::ListStatusPartialRequest& request,
                              file::ListStatusPartialResponse* response) {
    context->AddInitialMetadata("x-first", Find(context->client_metadata(), "channel-id"));
    context->AddTrailingMetadata("x-last-bin", Find(context->client_metadata(), "x-asked-bin"));
    context->AddTrailingMetadata("x-twice", "1");
    context->AddTrailingMetadata("x-twice", "2");
    response->add_file_infos()->set_path(request.path());
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  context.AddMetadata("channel-id", "some-id");
  context.AddMetadata("x-asked-bin", kBinary);
  file::ListStatusPartialRequest request;
  request.set_path("/asked");
  file::ListStatusPartialResponse response;
  REQUIRE(passing.stub->ListStatusPartial(&context, request, &response).ok());
  CHECK(response.file_infos(0).path() == "/asked");
  CHECK(Find(context.GetServerInitialMetadata(), "x-first") == "some-id");
  CHECK(Find(context.GetServerTrailingMetadata(), "x-last-bin") == kBinary);
  CHECK(context.GetServerTrailingMetadata().count("x-twice") == 2);
  // What belongs to one connection stays on it.
  CHECK(context.GetServerTrailingMetadata().count("grpc-status-details-bin") == 0);
}

TEST_CASE("every status passes with its text and its details", "[front]") {
  Passing passing;
  std::atomic<int> code{0};
  passing.master.on_status = [&code](grpc::ServerContext* context, const file::GetStatusRequest&,
                                     file::GetStatusResponse*) {
    context->AddTrailingMetadata("x-last", "still");
    return grpc::Status(static_cast<grpc::StatusCode>(code.load()), "no: \xc3\xa4 100%", kBinary);
  };
  for (code = 1; code <= 16; ++code) {
    grpc::ClientContext context;
    file::GetStatusResponse response;
    const grpc::Status status = passing.stub->GetStatus(&context, {}, &response);
    CHECK(status.error_code() == code);
    CHECK(status.error_message() == "no: \xc3\xa4 100%");
    CHECK(status.error_details() == kBinary);
    CHECK(Find(context.GetServerTrailingMetadata(), "x-last") == "still");
    // One like "I do not lead" makes the front look: it still has its leader.
    CHECK(Eventually([&] { return passing.front.leader() == passing.master.address(); }));
  }
}

TEST_CASE("a method that the master does not have is unimplemented", "[front]") {
  Passing passing;
  grpc::ClientContext context;
  file::GetMountTableResponse response;
  CHECK(passing.stub->GetMountTable(&context, {}, &response).error_code() == grpc::UNIMPLEMENTED);
}

TEST_CASE("large failures pass", "[front]") {
  Passing passing;
  const std::string stack(100'000, 's');
  passing.master.on_status = [&stack](grpc::ServerContext*, const file::GetStatusRequest&, file::GetStatusResponse*) {
    return grpc::Status(grpc::INTERNAL, stack);
  };
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
  const auto stub = file::FileSystemMasterClientService::NewStub(
      grpc::CreateCustomChannel(passing.front.target(), grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  file::GetStatusResponse response;
  const grpc::Status status = stub->GetStatus(&context, {}, &response);
  CHECK(status.error_code() == grpc::INTERNAL);
  CHECK(status.error_message() == stack);
}

TEST_CASE("a caller that gives up is gone at the master too", "[front]") {
  Passing passing;
  std::atomic<bool> asked{false};
  std::atomic<bool> cancelled{false};
  passing.master.on_status = [&](grpc::ServerContext* context, const file::GetStatusRequest&,
                                 file::GetStatusResponse*) {
    asked = true;
    WaitForCancellation(context);
    cancelled = true;
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  std::thread caller([&] {
    file::GetStatusResponse response;
    CHECK(passing.stub->GetStatus(&context, {}, &response).error_code() == grpc::CANCELLED);
  });
  CHECK(Eventually([&] { return asked.load(); }));
  context.TryCancel();
  caller.join();
  CHECK(Eventually([&] { return cancelled.load(); }));
  CHECK(Eventually([&] { return passing.front.calls() == 0; }));
}

TEST_CASE("a deadline holds at the master", "[front]") {
  Passing passing;
  std::atomic<bool> cancelled{false};
  std::atomic<int64_t> left_ms{0};
  passing.master.on_status = [&](grpc::ServerContext* context, const file::GetStatusRequest&,
                                 file::GetStatusResponse*) {
    left_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(context->deadline() - std::chrono::system_clock::now())
            .count();
    WaitForCancellation(context);
    cancelled = true;
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 400ms);
  file::GetStatusResponse response;
  CHECK(passing.stub->GetStatus(&context, {}, &response).error_code() == grpc::DEADLINE_EXCEEDED);
  CHECK(Eventually([&] { return cancelled.load(); }));
  CHECK(left_ms > 0);
  CHECK(left_ms <= 400);
}

TEST_CASE("a call without a deadline has none at the master", "[front]") {
  Passing passing;
  std::atomic<bool> endless{false};
  passing.master.on_status = [&](grpc::ServerContext* context, const file::GetStatusRequest&,
                                 file::GetStatusResponse*) {
    endless = context->deadline() == std::chrono::system_clock::time_point::max();
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  file::GetStatusResponse response;
  CHECK(passing.stub->GetStatus(&context, {}, &response).ok());
  CHECK(endless);
}

TEST_CASE("the messages of a stream come one by one, and then its failure", "[front]") {
  Passing passing;
  std::atomic<int> allowed{0};
  passing.master.on_stream = [&](grpc::ServerContext*, grpc::ServerWriter<file::ListStatusResponse>* writer) {
    for (int i = 0; i < 100; ++i) {
      while (allowed < i) std::this_thread::sleep_for(100us);
      file::ListStatusResponse response;
      response.add_file_infos()->set_file_id(i);
      writer->Write(response);
    }
    return grpc::Status(grpc::DATA_LOSS, "after all");
  };
  grpc::ClientContext context;
  const auto reader = passing.stub->ListStatus(&context, {});
  file::ListStatusResponse response;
  int read = 0;
  // Each is sent only when the one before has come.
  for (; reader->Read(&response); ++read, ++allowed) CHECK(response.file_infos(0).file_id() == read);
  CHECK(read == 100);
  CHECK(reader->Finish().error_code() == grpc::DATA_LOSS);
}

TEST_CASE("a caller that does not read holds back its own stream, and nobody else", "[front]") {
  Passing passing;
  std::atomic<int> written{0};
  constexpr int kMessages = 64;
  passing.master.on_stream = [&](grpc::ServerContext*, grpc::ServerWriter<file::ListStatusResponse>* writer) {
    file::ListStatusResponse response;
    response.add_file_infos()->set_path(std::string(4 << 20, 'x'));
    for (int i = 0; i < kMessages && writer->Write(response); ++i) ++written;
    return grpc::Status::OK;
  };
  passing.master.on_status = [](grpc::ServerContext*, const file::GetStatusRequest&, file::GetStatusResponse*) {
    return grpc::Status::OK;
  };
  grpc::ClientContext slow;
  const auto reader = passing.stub->ListStatus(&slow, {});
  file::ListStatusResponse response;
  REQUIRE(reader->Read(&response));
  const auto other = file::FileSystemMasterClientService::NewStub(ChannelTo(passing.front.target()));
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    file::GetStatusResponse answer;
    REQUIRE(other->GetStatus(&context, {}, &answer).ok());
  }
  // A message here, one in the front, and what the two connections buffer.
  CHECK(written < 16);
  int read = 1;
  while (reader->Read(&response)) ++read;
  CHECK(read == kMessages);
  CHECK(reader->Finish().ok());
}

TEST_CASE("calls beyond the limit are refused with what to do, and taken again later", "[front]") {
  Passing passing(10);
  std::atomic<int> inside{0};
  std::atomic<bool> go{false};
  passing.master.on_status = [&](grpc::ServerContext* context, const file::GetStatusRequest&,
                                 file::GetStatusResponse*) {
    ++inside;
    while (!go && !context->IsCancelled()) std::this_thread::sleep_for(1ms);
    return grpc::Status::OK;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 10; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      file::GetStatusResponse response;
      CHECK(passing.stub->GetStatus(&context, {}, &response).ok());
    });
  }
  CHECK(Eventually([&] { return inside == 10; }));
  {
    grpc::ClientContext context;
    file::GetStatusResponse response;
    const grpc::Status status = passing.stub->GetStatus(&context, {}, &response);
    // The code that Alluxio's clients ask again for.
    CHECK(status.error_code() == grpc::UNAVAILABLE);
    CHECK(status.error_message().find("front.max_calls") != std::string::npos);
  }
  go = true;
  for (std::thread& caller : callers) caller.join();
  CHECK(Eventually([&] { return passing.front.calls() == 0; }));
  grpc::ClientContext context;
  file::GetStatusResponse response;
  CHECK(passing.stub->GetStatus(&context, {}, &response).ok());
  CHECK(passing.front.metrics.Render().find("locus_meta_front_refused_total{reason=\"too_many_calls\"} 1") !=
        std::string::npos);
}

TEST_CASE("the front stops at once, whatever is under way", "[front]") {
  Passing passing;
  std::atomic<int> inside{0};
  passing.master.on_status = [&](grpc::ServerContext* context, const file::GetStatusRequest&,
                                 file::GetStatusResponse*) {
    ++inside;
    WaitForCancellation(context);
    return grpc::Status::OK;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      file::GetStatusResponse response;
      CHECK_FALSE(passing.stub->GetStatus(&context, {}, &response).ok());
    });
  }
  CHECK(Eventually([&] { return inside == 5; }));
  const SteadyTime start = passing.front.clock_.Now();
  passing.front.Stop();
  CHECK(passing.front.clock_.Now() - start < 5s);
  for (std::thread& caller : callers) caller.join();
}

TEST_CASE("a message that is no listing passes as it is, and is counted", "[front]") {
  Passing passing;
  kube::Pod pod;
  pod.space = "default";
  pod.name = "app-exec-1";
  pod.ips = {"10.9.0.1"};
  pod.spark_driver_host = "127.0.0.1";
  pod.labels = {{"spark-app-selector", "app"}, {"spark-role", "executor"}};
  passing.front.applications.Event({true, pod});
  passing.master.on_page = [](grpc::ServerContext*, const file::ListStatusPartialRequest&,
                              file::ListStatusPartialResponse* response) {
    // A group, which protobuf knows and the front does not.
    response->add_file_infos()->GetReflection()->MutableUnknownFields(response)->AddGroup(77)->AddVarint(1, 2);
    return grpc::Status::OK;
  };
  grpc::ClientContext context;
  file::ListStatusPartialResponse response;
  REQUIRE(passing.stub->ListStatusPartial(&context, {}, &response).ok());
  CHECK(response.GetReflection()->GetUnknownFields(response).field_count() == 1);
  CHECK(Eventually(
      [&] { return passing.front.metrics.Render().find("locus_meta_front_malformed_total 1") != std::string::npos; }));
}
