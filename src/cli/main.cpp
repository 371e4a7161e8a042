#include "cli/run.hpp"

int main(int argc, char** argv) { return hearth::cli::run(argc, argv); }
