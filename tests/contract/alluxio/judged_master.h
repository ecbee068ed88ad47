// The master that the suite judges: a real one when the environment names it, the fake otherwise.
//
//   LOCUS_ALLUXIO_MASTER=host:port LOCUS_ALLUXIO_WORLD=world.json contract_test '~[fake-only]'
//
// described_world.h says what the file describes. Tests tagged [fake-only] change the world while they run, and always
// bring their own fake.
#pragma once

#include <memory>
#include <string>

#include "tests/contract/alluxio/raw_client.h"
#include "tests/support/alluxio/described_world.h"
#include "tests/support/alluxio/fake_master.h"

namespace locus::alluxio_contract {

using fake_alluxio::DescribedFile;
using fake_alluxio::DescribedWorker;
using fake_alluxio::DescribedWorld;
using fake_alluxio::Location;
using fake_alluxio::LocationOf;

// The world that the fake is given.
DescribedWorld MadeUpWorld();

// What a test starts from: a master with a prepared world, one connection and one channel id of the world's user.
// Throws std::runtime_error when the environment names a master and no world, or a world that cannot be read.
class Judged {
 public:
  Judged();

  const std::string& target() const { return target_; }
  const DescribedWorld& world() const { return world_; }
  Connection& connection() { return *connection_; }
  const std::string& id() const { return session_->id(); }

  // The paths of all entries.
  static std::vector<std::string> PathsOf(const std::vector<file::FileInfo>& entries);

 private:
  DescribedWorld world_;
  std::unique_ptr<fake_alluxio::FakeMaster> fake_;
  std::string target_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Handshake> session_;
};

}  // namespace locus::alluxio_contract
