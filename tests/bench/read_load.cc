// read_load --kind http|grpc --target HOST:PORT --paths A,B,... --readers N --seconds S
//
// N readers, each on a connection of its own, read whole files one after the other for S seconds, and throw the bytes
// away. HTTP: "GET PATH"; what comes is discarded in the kernel, so that what is measured is the server. gRPC:
// CacheService.Read, parsed by the generated class as any client does. Prints one line of JSON: bytes, files, seconds.
// Exit code 1 when an answer is not what it should be.
#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "proto/locus/v1/cache.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;

// Reads one file after the other.
class Reader {
 public:
  virtual ~Reader() = default;
  // Bytes of the file.
  virtual uint64_t Read(const std::string& path) = 0;
};

class HttpReader final : public Reader {
 public:
  explicit HttpReader(const std::string& target) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const size_t colon = target.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(target.c_str() + colon + 1)));
    if (::inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1 ||
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect to " + target);
    }
  }
  ~HttpReader() override { ::close(fd_); }

  uint64_t Read(const std::string& path) override {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n";
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) Fail(path);
    // The head, and not a byte of the body.
    std::string head;
    for (char c = 0; head.size() < 4 || head.compare(head.size() - 4, 4, "\r\n\r\n") != 0; head += c) {
      if (::recv(fd_, &c, 1, 0) != 1 || head.size() > 4096) Fail(path);
    }
    const size_t field = head.find("Content-Length: ");
    if (head.compare(0, 12, "HTTP/1.1 200") != 0 || field == std::string::npos) Fail(path + ": " + head);
    const uint64_t length = std::strtoull(head.c_str() + field + 16, nullptr, 10);
    for (uint64_t left = length; left > 0;) {
      const ssize_t n = ::recv(fd_, nullptr, std::min<uint64_t>(left, 1 << 20), MSG_TRUNC);
      if (n <= 0) Fail(path);
      left -= static_cast<uint64_t>(n);
    }
    return length;
  }

 private:
  [[noreturn]] static void Fail(const std::string& what) { throw std::runtime_error("no proper answer: " + what); }
  const int fd_;
};

class GrpcReader final : public Reader {
 public:
  GrpcReader(const std::string& target, int number) {
    grpc::ChannelArguments arguments;
    // A connection for each reader, as readers in processes of their own have.
    arguments.SetInt("bench.reader", number);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = locus::v1::CacheService::NewStub(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }

  uint64_t Read(const std::string& path) override {
    grpc::ClientContext context;
    locus::v1::ReadRequest request;
    request.set_path(path);
    const auto reader = stub_->Read(&context, request);
    uint64_t bytes = 0;
    while (reader->Read(&response_)) bytes += response_.data().size();
    if (const grpc::Status status = reader->Finish(); !status.ok()) throw std::runtime_error(status.error_message());
    return bytes;
  }

 private:
  std::unique_ptr<locus::v1::CacheService::Stub> stub_;
  locus::v1::ReadResponse response_;
};

int Run(int argc, char** argv) {
  CLI::App app("Reads files over HTTP or gRPC and counts the bytes");
  std::string kind;
  std::string target;
  std::vector<std::string> paths;
  int readers = 1;
  double seconds = 5;
  app.add_option("--kind", kind)->required()->check(CLI::IsMember({"http", "grpc"}));
  app.add_option("--target", target)->required();
  app.add_option("--paths", paths)->required()->delimiter(',');
  app.add_option("--readers", readers)->check(CLI::Range(1, 1024));
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);

  std::atomic<uint64_t> bytes{0}, files{0};
  std::atomic<bool> failed{false};
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&, i] {
      try {
        std::unique_ptr<Reader> reader;
        if (kind == "http") {
          reader = std::make_unique<HttpReader>(target);
        } else {
          reader = std::make_unique<GrpcReader>(target, i);
        }
        for (size_t at = static_cast<size_t>(i); Clock::now() < end; ++at) {
          bytes += reader->Read(paths[at % paths.size()]);
          ++files;
        }
      } catch (const std::exception& problem) {
        std::cerr << "read_load: " << problem.what() << "\n";
        failed = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::cout << nlohmann::json{{"bytes", bytes.load()}, {"files", files.load()}, {"seconds", took}} << std::endl;
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "read_load: " << problem.what() << "\n";
    return 1;
  }
}
