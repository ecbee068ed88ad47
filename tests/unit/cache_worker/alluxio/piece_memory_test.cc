// Memory for pieces of blocks.
#include "cache_worker/alluxio/piece_memory.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

using namespace locus::worker;

TEST_CASE("what one owner has given back the next one gets", "[alluxio]") {
  PieceMemory memory(1000, 2);
  const char* first = nullptr;
  {
    PieceMemory::Piece piece = memory.Take(1000);
    first = piece.data();
    CHECK(piece.size() == 1000);
    CHECK(memory.Take(1000).data() != first);
  }
  CHECK(memory.kept() == 2);
  PieceMemory::Piece piece = memory.Take(1000);
  CHECK(piece.data() == first);
  CHECK(memory.kept() == 1);
}

TEST_CASE("no more is kept than was said", "[alluxio]") {
  PieceMemory memory(1000, 2);
  std::vector<PieceMemory::Piece> pieces;
  for (int i = 0; i < 5; ++i) pieces.push_back(memory.Take(1000));
  CHECK(memory.kept() == 0);
  pieces.clear();
  CHECK(memory.kept() == 2);
}

TEST_CASE("pieces of other sizes are as large as asked, and not kept", "[alluxio]") {
  PieceMemory memory(1000, 2);
  for (const size_t size : {size_t{1}, size_t{999}, size_t{1001}, size_t{5000}}) {
    PieceMemory::Piece piece = memory.Take(size);
    CHECK(piece.size() == size);
    std::memset(piece.data(), 1, size);
  }
  CHECK(memory.kept() == 0);
}

TEST_CASE("a piece that is assigned over goes back, once", "[alluxio]") {
  PieceMemory memory(1000, 5);
  PieceMemory::Piece piece = memory.Take(1000);
  const char* first = piece.data();
  piece = memory.Take(1000);
  CHECK(memory.kept() == 1);
  CHECK(piece.data() != first);
  piece = PieceMemory::Piece();
  CHECK(memory.kept() == 2);
}

TEST_CASE("a piece may outlive the memory that it is from", "[alluxio]") {
  std::optional<PieceMemory::Piece> piece;
  {
    PieceMemory memory(1000, 2);
    piece.emplace(memory.Take(1000));
  }
  std::memset(piece->data(), 1, piece->size());
  piece.reset();
}

TEST_CASE("no two owners have the same piece at once, from many threads", "[alluxio]") {
  PieceMemory memory(1000, 3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 1; number <= 4; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < 2000; ++i) {
        PieceMemory::Piece piece = memory.Take(1000);
        std::memset(piece.data(), number, piece.size());
        std::this_thread::yield();
        for (size_t at = 0; at < piece.size(); at += 100) wrong += piece.data()[at] != number;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(memory.kept() <= 3);
}
