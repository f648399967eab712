import type { Command } from 'commander';

/** Lets the error of a wrong word point to the help of the command that it was given to. @param called what to type for the command. */
export function pointToHelp(command: Command, called = command.name()): Command {
  for (const below of command.commands) pointToHelp(below, `${called} ${below.name()}`);
  return command.showHelpAfterError(`(${called} --help shows what there is)`);
}
