import { hearthApp } from './app';

try {
  hearthApp().synth();
} catch (error) {
  // The message says what to do; a stack trace would bury it.
  console.error(`hearth-infra: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
