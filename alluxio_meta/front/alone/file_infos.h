// Files, folders and workers of Locus as Alluxio's clients are told of them. No I/O, no clock.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "alluxio_meta/catalog/pictures.h"
#include "alluxio_meta/index/types.h"
#include "alluxio_meta/workers/worker_table.h"
#include "proto/alluxio/block_master.pb.h"
#include "proto/alluxio/common.pb.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::meta {

// The version of Alluxio whose protocol this is; clients of another 2.9 note the difference in their log.
inline constexpr char kAlluxioVersion[] = "2.9.6";

// Before a path of ours in FileInfo.ufs_path: a worker that is asked for what it has not cached takes the path from it.
inline constexpr char kUfsScheme[] = "locus:";

// Blocks that a file may have: Alluxio's clients take 100 MiB in one message, and a block with two copies 200 bytes.
inline constexpr uint64_t kMaxBlocksTold = 500'000;

// A file of more blocks is told without them, and cannot be opened.
bool HasTooManyBlocks(const FileFact& file);

// `places`: of this file, as in FilePlaces; `workers` are FilePlaces::workers. Ids are made of the file's id, so that
// another content has others.
void FillFileInfo(const FileFact& file, std::span<const FilePlaces::Place> places,
                  std::span<const HolderAddress> workers, ::alluxio::grpc::file::FileInfo* info);
// When it was changed, and how many children it has, is not known: 0.
void FillFolderInfo(const std::string& path, ::alluxio::grpc::file::FileInfo* info);

// One block with its locations.
void FillBlockInfo(const FileFact& file, uint32_t block, std::span<const FilePlaces::Place> places,
                   std::span<const HolderAddress> workers, ::alluxio::grpc::BlockInfo* info);

// Of a worker that counts.
void FillWorkerInfo(const WorkerPicture& worker, ::alluxio::grpc::block::WorkerInfo* info);

}  // namespace locus::meta
