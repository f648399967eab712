/* Times MPI_Allreduce as a plain C program calls it: allreduce FLOATS RUNS prints the seconds of every run, as JSON. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, size, floats = atoi(argv[1]), runs = atoi(argv[2]);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  float *data = malloc(sizeof(float) * (size_t)floats);
  for (int i = 0; i < floats; i++) data[i] = 1;
  float expected = 1;
  if (rank == 0) printf("[");
  for (int run = 0; run < runs; run++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    MPI_Allreduce(MPI_IN_PLACE, data, floats, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    double seconds = MPI_Wtime() - start;
    expected *= size;
    if (data[0] != expected || data[floats - 1] != expected) MPI_Abort(MPI_COMM_WORLD, 1);
    if (rank == 0) printf("%s%.6f", run ? "," : "", seconds);
  }
  if (rank == 0) printf("]\n");
  MPI_Finalize();
  return 0;
}
