#include "common/http_server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/status.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/common/raw_connection.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

std::string Get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

std::string Post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// Echoes what a handler sees.
HttpResponse Show(const HttpRequest& request) {
  return {200, "text/plain",
          std::string(request.method) + "|" + std::string(request.rest) + "|" + std::string(request.body)};
}

// A server on a port of the kernel's choice with /echo (POST), /get and /get/* (GET).
std::unique_ptr<HttpServer> MakeServer(HttpServerOptions options = {}, Metrics* metrics = nullptr) {
  auto server = std::make_unique<HttpServer>(options, metrics);
  server->Route("POST", "/echo", Show);
  server->Route("GET", "/get", Show);
  server->Route("GET", "/get/*", Show);
  REQUIRE(server->Start().ok());
  return server;
}

}  // namespace

TEST_CASE("an unknown path is 404 and a known one with another method 405 with Allow", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  CHECK(Ask(connection, Get("/nowhere")).status == 404);
  const RawAnswer refused = Ask(connection, Post("/get", ""));
  CHECK(refused.status == 405);
  CHECK(refused.headers.at("allow") == "GET");
  CHECK(Ask(connection, Get("/echo")).status == 405);
  CHECK(Ask(connection, "TRACE /echo HTTP/1.1\r\n\r\n").status == 405);
}

TEST_CASE("a handler's own header fields are sent", "[http]") {
  HttpServer server({});
  server.Route("GET", "/x", [](const HttpRequest&) {
    return HttpResponse{200, "text/plain", "x", {{"Cache-Control", "no-cache"}, {"X-One", "1"}}};
  });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  const RawAnswer answer = Ask(connection, Get("/x"));
  CHECK(answer.headers.at("cache-control") == "no-cache");
  CHECK(answer.headers.at("x-one") == "1");
  CHECK(answer.headers.at("content-type") == "text/plain");
}

TEST_CASE("the longest route wins and an exact one beats a prefix", "[http]") {
  HttpServer server({});
  const auto say = [](const char* word) {
    return [word](const HttpRequest& r) { return HttpResponse{200, "text/plain", word + std::string(r.rest)}; };
  };
  server.Route("GET", "/*", say("root:"));
  server.Route("GET", "/v1/*", say("v1:"));
  server.Route("GET", "/v1/explain/*", say("explain:"));
  server.Route("GET", "/v1/explain/", say("exact:"));
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  CHECK(Ask(connection, Get("/x")).body == "root:x");
  CHECK(Ask(connection, Get("/v1/x")).body == "v1:x");
  CHECK(Ask(connection, Get("/v1/explain/a/b")).body == "explain:a/b");
  CHECK(Ask(connection, Get("/v1/explain/")).body == "exact:");
}

TEST_CASE("what a star matched is percent-decoded and so are query parameters", "[http]") {
  HttpServer server({});
  server.Route("GET", "/p/*", [](const HttpRequest& r) {
    return HttpResponse{200, "text/plain", std::string(r.rest) + "|" + r.query("input") + "|" + r.query("absent")};
  });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  CHECK(Ask(connection, Get("/p/a%20b%2Fc%0Ad?input=alluxio%3A%2F%2F%2Fx&input=second")).body ==
        "a b/c\nd|alluxio:///x|");
  CHECK(Ask(connection, Get("/%70/x?input")).body == "x||");
}

TEST_CASE("a thousand requests on one connection are answered", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    const RawAnswer answer = Ask(connection, Post("/echo", std::to_string(i)));
    answered += answer.status == 200 && answer.body == "POST||" + std::to_string(i) ? 1 : 0;
  }
  CHECK(answered == 1000);
}

TEST_CASE("pipelined requests are answered in order", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += Post("/echo", "n" + std::to_string(i));
  REQUIRE(connection.Send(requests));
  for (int i = 0; i < 50; ++i) CHECK(connection.Receive().body == "POST||n" + std::to_string(i));
}

TEST_CASE("a body split into single bytes arrives whole", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  for (const char c : Post("/echo", "split into many packets")) REQUIRE(connection.Send(std::string(1, c)));
  CHECK(connection.Receive().body == "POST||split into many packets");
}

TEST_CASE("a chunked body is put together", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  const std::string head = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(Ask(connection, head + "5\r\nhello\r\n6;name=v\r\n world\r\n0\r\nTrailer: x\r\n\r\n").body ==
        "POST||hello world");
  CHECK(Ask(connection, head + "0\r\n\r\n").body == "POST||");
  CHECK(Ask(connection, Get("/get")).status == 200);
}

TEST_CASE("a malformed chunk is refused and the connection closed", "[http]") {
  const auto server = MakeServer();
  const std::string head = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"zz\r\n", "-1\r\n", "2\r\nabc\r\n0\r\n\r\n", "5 5\r\n", "fffffffffffffffff\r\n"}) {
    INFO(chunks);
    RawConnection connection(server->port());
    const RawAnswer answer = Ask(connection, head + chunks + Get("/get"));
    CHECK(answer.status >= 400);
    CHECK(answer.headers.at("connection") == "close");
    CHECK(connection.ClosedWithin(5000));
  }
}

TEST_CASE("a body beyond the bound is 413, however its length is told", "[http]") {
  HttpServerOptions options;
  options.max_body_bytes = 1000;
  const auto server = MakeServer(options);
  {
    RawConnection connection(server->port());
    CHECK(Ask(connection, Post("/echo", std::string(1000, 'a'))).status == 200);
    CHECK(Ask(connection, Post("/echo", std::string(1001, 'a'))).status == 413);
    CHECK(connection.ClosedWithin(5000));
  }
  {
    RawConnection connection(server->port());
    // Only the claim is sent: the answer must not wait for the rest.
    CHECK(Ask(connection, "POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n").status == 413);
  }
  RawConnection connection(server->port());
  std::string chunks = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'a') + "\r\n";
  CHECK(Ask(connection, chunks).status == 413);
}

TEST_CASE("a compressed body is 415, so that a small one cannot unfold to any size", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  CHECK(Ask(connection, "POST /echo HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc").status == 415);
}

TEST_CASE("contradicting lengths are refused", "[http]") {
  const auto server = MakeServer();
  for (const char* fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: +3\r\n", "Content-Length: 3, 3\r\n", "Content-Length: -1\r\n", "Content-Length: x\r\n"}) {
    INFO(fields);
    RawConnection connection(server->port());
    CHECK(Ask(connection, "POST /echo HTTP/1.1\r\n" + std::string(fields) + "\r\nabc").status == 400);
    CHECK(connection.ClosedWithin(5000));
  }
  RawConnection connection(server->port());
  CHECK(Ask(connection, "POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status == 501);
}

TEST_CASE("a POST without any length has no body and is answered at once", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  CHECK(Ask(connection, "POST /echo HTTP/1.1\r\nHost: a\r\n\r\n").body == "POST||");
  CHECK(Ask(connection, Get("/get")).status == 200);
}

TEST_CASE("a GET with a body does not shift the next request", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  CHECK(Ask(connection, "GET /get HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").body == "GET||hello");
  CHECK(Ask(connection, Get("/get")).body == "GET||");
}

TEST_CASE("a client that waits for 100 Continue gets it before it sends the body", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  CHECK(Ask(connection, "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").status == 100);
  CHECK(Ask(connection, "body").body == "POST||body");
}

TEST_CASE("a form body reaches the handler as it was sent", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  const std::string form(20000, 'a');
  for (const char* type : {"application/x-www-form-urlencoded", "multipart/form-data; boundary=b"}) {
    const std::string head = "POST /echo HTTP/1.1\r\nContent-Type: " + std::string(type);
    CHECK(Ask(connection, head + "\r\nContent-Length: 20000\r\n\r\n" + form).body == "POST||" + form);
  }
}

TEST_CASE("answers are neither compressed nor cut into the ranges a client asks for", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  const RawAnswer zipped = Ask(connection, "GET /get/aaaaaaaa HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n\r\n");
  CHECK(zipped.body == "GET|aaaaaaaa|");
  CHECK(zipped.headers.count("content-encoding") == 0);
  const RawAnswer ranged = Ask(connection, "GET /get/x HTTP/1.1\r\nRange: bytes=0-,0-,0-,0-,0-\r\n\r\n");
  CHECK(ranged.status == 200);
  CHECK(ranged.body == "GET|x|");
}

TEST_CASE("HEAD is GET without the body", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  REQUIRE(connection.Send("HEAD /get/abc HTTP/1.1\r\n\r\n"));
  const RawAnswer answer = connection.Receive(/*head=*/true);
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("content-length") == "9");  // HEAD|abc|
  CHECK(Ask(connection, Get("/get")).body == "GET||");
}

TEST_CASE("malformed request lines are 400 and the connection is closed", "[http]") {
  const auto server = MakeServer();
  for (const char* line : {"GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "\x16\x03\x01\r\n\r\n",
                           "GET / HTTP/1.1 x\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n"}) {
    INFO(line);
    RawConnection connection(server->port());
    CHECK(Ask(connection, line).status == 400);
    CHECK(connection.ClosedWithin(5000));
  }
  RawConnection connection(server->port());
  CHECK(Ask(connection, std::string("GET /\0 HTTP/1.1\r\n\r\n", 18)).status == 400);
}

TEST_CASE("heads beyond any honest size do not fill the memory", "[http]") {
  const auto server = MakeServer();
  {
    RawConnection connection(server->port());
    CHECK(Ask(connection, Get("/" + std::string(9000, 'a'))).status == 414);
  }
  {
    RawConnection connection(server->port());
    std::string fields;
    for (int i = 0; i < 5000; ++i) fields += "X-Field: " + std::to_string(i) + "\r\n";
    CHECK(Ask(connection, "GET /get HTTP/1.1\r\n" + fields + "\r\n").status == 400);
  }
  RawConnection connection(server->port());
  connection.Send(std::string(200'000, 'a'));
  CHECK(connection.Receive().status == 0);
}

TEST_CASE("paths of the longest allowed size are routed", "[http]") {
  const auto server = MakeServer();
  RawConnection connection(server->port());
  const std::string rest(8000, 'a');
  CHECK(Ask(connection, Get("/get/" + rest)).body == "GET|" + rest + "|");
}

TEST_CASE("an answer of ten megabytes arrives whole", "[http]") {
  HttpServer server({});
  std::string large(10'000'000, 'x');
  for (size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i / 4096 % 26);
  server.Route("GET", "/large", [&](const HttpRequest&) { return HttpResponse{200, "text/plain", large}; });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  CHECK((Ask(connection, Get("/large")).body == large));
  CHECK((Ask(connection, Get("/large")).body == large));
}

TEST_CASE("an exception in a handler is a 500 and the server goes on", "[http]") {
  HttpServer server({});
  server.Route("GET", "/std", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); });
  server.Route("GET", "/int", [](const HttpRequest&) -> HttpResponse { throw 42; });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  for (const char* path : {"/std", "/int"}) {
    const RawAnswer answer = Ask(connection, Get(path));
    CHECK(answer.status == 500);
    CHECK(answer.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("a port in use is named in the error", "[http]") {
  const auto first = MakeServer();
  HttpServerOptions options;
  options.port = first->port();
  HttpServer second(options);
  const absl::Status status = second.Start();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(MessageOf(status) ==
        "cannot listen on 127.0.0.1:" + std::to_string(first->port()) + ": Address already in use");
  options.address = "no such address";
  CHECK(MessageOf(HttpServer(options).Start()).find("no such address") != std::string::npos);
}

TEST_CASE("Stop is prompt with idle connections open", "[http]") {
  auto server = MakeServer();
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 10; ++i) {
    idle.push_back(std::make_unique<RawConnection>(server->port()));
    if (i % 2 == 0) REQUIRE(Ask(*idle.back(), Get("/get")).status == 200);
  }
  std::atomic<bool> stopped{false};
  std::thread stopper([&] {
    server->Stop();
    stopped = true;
  });
  for (auto& connection : idle) CHECK(connection->ClosedWithin(2000));
  stopper.join();
  CHECK(stopped);
  CHECK_FALSE(RawConnection(server->port()).connected());
  server->Stop();
}

TEST_CASE("Stop lets a request in progress finish", "[http]") {
  HttpServer server({});
  std::atomic<bool> entered{false}, go_on{false};
  server.Route("GET", "/slow", [&](const HttpRequest&) {
    entered = true;
    Eventually([&] { return go_on.load(); });
    return HttpResponse{200, "text/plain", "done"};
  });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  REQUIRE(connection.Send(Get("/slow")));
  REQUIRE(Eventually([&] { return entered.load(); }));
  std::thread stopper([&] { server.Stop(); });
  // Refused from now on: the listener is gone while the request is still at work.
  CHECK(Eventually([&] { return !RawConnection(server.port()).connected(); }));
  go_on = true;
  CHECK(connection.Receive().body == "done");
  stopper.join();
}

TEST_CASE("a request that drips in is given up after io_timeout", "[http]") {
  HttpServerOptions options;
  options.io_timeout = 300ms;
  Metrics metrics;
  const auto server = MakeServer(options, &metrics);
  // A byte now and then, each well within the time-out: only a deadline over the whole request ends it.
  for (const char* start : {"GET /get HTTP/1.1\r\nX: ", "POST /echo HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"}) {
    RawConnection connection(server->port());
    REQUIRE(connection.Send(start));
    int sent = 0;
    while (sent < 300 && !connection.ReadableWithin(50)) sent += connection.Send("a") ? 1 : 300;
    CHECK(sent < 300);
    const int status = connection.Receive().status;
    CHECK((status == 400 || status == 408));
    CHECK(connection.ClosedWithin(5000));
  }
  CHECK(metrics.Render().find("locus_http_connections_slow_total 2") != std::string::npos);
}

TEST_CASE("a client that does not take its answer is given up after io_timeout", "[http]") {
  HttpServerOptions options;
  options.io_timeout = 300ms;
  Metrics metrics;
  HttpServer server(options, &metrics);
  // More than the buffers of two sockets hold.
  const std::string large(64 << 20, 'x');
  server.Route("GET", "/large", [&](const HttpRequest&) { return HttpResponse{200, "text/plain", large}; });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  REQUIRE(connection.Send(Get("/large")));
  CHECK(Eventually([&] { return metrics.Render().find("locus_http_connections_slow_total 1") != std::string::npos; }));
}

TEST_CASE("an idle connection is closed after idle_timeout", "[http]") {
  HttpServerOptions options;
  options.idle_timeout = 100ms;
  const auto server = MakeServer(options);
  RawConnection connection(server->port());
  REQUIRE(Ask(connection, Get("/get")).status == 200);
  CHECK(connection.ClosedWithin(5000));
}

TEST_CASE("more connections than threads are all served: idle ones make room", "[http]") {
  HttpServerOptions options;
  options.threads = 2;
  const auto server = MakeServer(options);
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (int i = 0; i < 6; ++i) {
    connections.push_back(std::make_unique<RawConnection>(server->port()));
    REQUIRE(connections.back()->Send(Get("/get")));
  }
  // None of them is closed by the client, and the idle time-out is two minutes.
  for (auto& connection : connections) CHECK(connection->Receive().status == 200);
}

TEST_CASE("a waiting connection is served when another one closes", "[http]") {
  HttpServerOptions options;
  options.threads = 2;
  const auto server = MakeServer(options);
  auto first = std::make_unique<RawConnection>(server->port());
  auto second = std::make_unique<RawConnection>(server->port());
  REQUIRE(Ask(*first, Get("/get")).status == 200);
  REQUIRE(Ask(*second, Get("/get")).status == 200);
  RawConnection third(server->port());
  REQUIRE(third.Send(Get("/get")));
  first.reset();
  CHECK(third.Receive().status == 200);
  CHECK(Ask(*second, Get("/get")).status == 200);
}

TEST_CASE("HTTP/1.0 and Connection: close end the connection after the answer", "[http]") {
  const auto server = MakeServer();
  for (const char* request : {"GET /get HTTP/1.0\r\n\r\n", "GET /get HTTP/1.1\r\nConnection: Close\r\n\r\n"}) {
    RawConnection connection(server->port());
    const RawAnswer answer = Ask(connection, request);
    CHECK(answer.status == 200);
    CHECK(answer.headers.at("connection") == "close");
    CHECK(connection.ClosedWithin(5000));
  }
}

TEST_CASE("requests are counted by status class", "[http]") {
  Metrics metrics;
  const auto server = MakeServer({}, &metrics);
  RawConnection connection(server->port());
  Ask(connection, Get("/get"));
  Ask(connection, Get("/get"));
  Ask(connection, Get("/nowhere"));
  const std::string text = metrics.Render();
  CHECK(text.find("locus_http_requests_total{code=\"2xx\"} 2") != std::string::npos);
  CHECK(text.find("locus_http_requests_total{code=\"4xx\"} 1") != std::string::npos);
}

TEST_CASE("many connections at once get their own answers", "[http]") {
  const auto server = MakeServer();
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 16; ++c) {
    clients.emplace_back([&, c] {
      RawConnection connection(server->port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(c) + ":" + std::to_string(i);
        right += Ask(connection, Post("/echo", body)).body == "POST||" + body ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(right == 16 * 50);
}
