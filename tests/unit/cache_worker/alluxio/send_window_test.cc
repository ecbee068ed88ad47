#include "cache_worker/alluxio/send_window.h"

#include <catch2/catch.hpp>

using locus::worker::SendWindow;

TEST_CASE("what was sent and not acknowledged counts against the window", "[alluxio]") {
  SendWindow window(100, 50);
  CHECK(window.unacknowledged() == 0);
  CHECK(window.MayReadAhead(50));
  CHECK_FALSE(window.MayReadAhead(51));
  window.Sent(40);
  CHECK(window.unacknowledged() == 40);
  CHECK(window.MayReadAhead(10));
  CHECK_FALSE(window.MayReadAhead(11));
  window.Received(120);
  CHECK(window.unacknowledged() == 20);
  CHECK(window.MayReadAhead(30));
}

TEST_CASE("a reader's word that cannot be true is not believed", "[alluxio]") {
  SendWindow window(100, 50);
  window.Sent(40);
  window.Received(141);
  CHECK(window.unacknowledged() == 40);
  window.Received(130);
  window.Received(110);
  window.Received(0);
  CHECK(window.unacknowledged() == 10);
}

TEST_CASE("beyond the window nothing is read ahead until an acknowledgement comes", "[alluxio]") {
  SendWindow window(0, 10);
  window.Sent(25);
  CHECK_FALSE(window.MayReadAhead(1));
  window.Received(25);
  CHECK(window.MayReadAhead(10));
}
