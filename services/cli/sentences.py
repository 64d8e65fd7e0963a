"""Help of groups: what each command does is told by its whole first sentence, over as many lines as that takes."""

import click

SENTENCE_MAX = 300


class Sentences(click.Group):
    """A group of commands whose help cuts no sentence off."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of its commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        told = [(name, each) for name, each in found if each is not None and not each.hidden]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=SENTENCE_MAX)) for name, each in told])
