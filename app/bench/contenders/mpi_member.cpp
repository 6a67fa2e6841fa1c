// MPI as a contender of `moshpit bench all-reduce`: one of the processes that mpirun starts.
//
//   mpirun -n PEERS ... moshpit-mpi PEERS BYTES ROUNDS
#include <mpi.h>
#include <vector>

#include "app/bench/contest.hpp"

// MPI ends the whole job by itself if anything fails.
int main(int count, char** words) {
  if (count != 4) return 2;
  MPI_Init(&count, &words);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const auto contest = moshpit::Contest::parse(words + 1);
  std::vector<float> values(contest.elements());
  const auto reduce = [&] {
    MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
  };
  moshpit::compete(
      contest, static_cast<std::uint32_t>(rank), values, [] { MPI_Barrier(MPI_COMM_WORLD); },
      reduce);
  MPI_Finalize();
  return 0;
}
