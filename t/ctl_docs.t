#!/usr/bin/perl
# The manual page has the content of the help, and both completions offer it without a list of
# their own; the examples of the help run. The program, the page and the reference name the same
# parameters of a store; the JSON Schema accepts the output of tlsgatectl, and agrees with the program
# about a table of documents.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Ctl;
use TlsGate::Schema;

my $program = TlsGate::Ctl::program();
my $MAN  = 'docs/man/tlsgatectl.8';
my $BASH = 'conf/completion/tlsgatectl.bash';
my $ZSH  = 'conf/completion/_tlsgatectl';
my $ctl = TlsGate::Ctl->new;

sub help_of { return $ctl->run_as({}, $program, @_, '--help')->{out} }
sub uniq { my %seen; return grep { !$seen{$_}++ } @_ }
sub text_of { return TlsGate::Httpd::slurp($_[0]) =~ s/\\-/-/gr }
sub options_in { my ($text) = @_; return sort { $a cmp $b } uniq($text =~ /(?<![\w-])--([a-z][a-z-]*)/g) }

# --- the help, which is made from the rows of the commands
my ($commands) = help_of() =~ /^Commands:\n(.*?)\n\n/ms;
my @commands = $commands =~ /^  (\w+)/mg;
cmp_ok(scalar @commands, '>', 5, 'there are commands');
my ($global) = help_of() =~ /^Options of all commands.*?\n(.*?)\n\n/ms;
my @global = options_in($global);
cmp_ok(scalar @global, '>', 3, 'there are options of all commands');
my (%own, %value, @usage, @examples);
for my $command (@commands) {
    my $help = help_of($command);
    my ($options) = $help =~ /^Options:\n(.*?)^Options of all commands:/ms;
    $own{$command} = [sort { $a cmp $b } ($options // '') =~ /^  --([a-z-]+)/mg];
    push @{ $value{$1}{ $2 // '' } }, $command while $help =~ /^  --([a-z-]+)(?: ([A-Z]+))?/mg;
    push @usage, $help =~ /^(?:Usage:|      ) tlsgatectl (.*)$/mg;
    push @examples, map { [$command, $_] } $help =~ /^    (\S.*)$/mg;
    like($help, qr/^    tlsgatectl $command\b/m, "$command has an example");
    cmp_ok(scalar(() = $help =~ /^    \S/mg), '>', 1, '... and another one');
    unlike($help, qr/^Options:\n\n/m, '... and no heading for an empty list of options');
}
my @all = sort { $a cmp $b } uniq(@global, map { @$_ } values %own);
is_deeply([grep { keys %{ $value{$_} } > 1 } sort keys %value], [], 'an option has the same value in every command');

# Every example runs, beside the lists that some of them name; changes with --yes, and follow, which
# does not end, with --help.
$ctl->{httpd}->write_file('customers.csv', "client,owner\naccount:A-20,sales\n192.0.2.0/24,support\n");
$ctl->{httpd}->write_file('addresses.csv', "client,address\nA-20,it\@example.com\n");
$ctl->{httpd}->write_file('tlsgate.ndjson', qq({"\@timestamp":"2018-07-10T09:00:00.000Z","tlsgate":{"client":"account:A-20","protocol":"TLSv1"}}\n));
$ctl->{httpd}->write_file('status.json', '{"time":"2018-07-16T00:00:00Z","stragglers":{"kept":1,"items":[{"client":"account:A-20","schedule":"legacy-tls","first_seen":"2018-07-10T09:00:00Z","last_seen":"2018-07-10T09:00:00Z","moved_at":null,"requests":1,"hours_of_week":[33]}]}}');
$ctl->script('tlsgatectl', join(' ', 'exec', $program, $ctl->standard, '"$@"'));
for (@examples) {
    my ($command, $line) = @$_;
    my $added = $command eq 'follow' ? ' --help' : $line =~ / --(?:reason|for) / && $line !~ / --yes\b/ ? ' --yes' : '';
    my $said = $ctl->run_as({ env => { PATH => "$ctl->{httpd}{dir}:$ENV{PATH}" }, before => sub { chdir $ctl->{httpd}{dir} } }, 'sh', '-c', $line . $added);
    is($said->{status}, 0, $line) or diag($said->{out} . $said->{err});
}
$ctl = TlsGate::Ctl->new;

# --- the manual page
my $man = text_of($MAN);
my ($synopsis) = $man =~ /^\.SH SYNOPSIS\n(.*?)^\.SH /ms;
my ($described) = $man =~ /^\.SH COMMANDS\n(.*?)^\.SH /ms;
my ($option_section) = $man =~ /^\.SH OPTIONS\n(.*?)^\.SH /ms;
is_deeply([uniq($synopsis =~ /\\fBtlsgatectl\\fR (?:\[\\fIOPTION\\fR\.\.\.\] )?\\fB(\w+)/g)], \@commands, 'the synopsis has every command');
is_deeply([$described =~ /^\.TP\n\.B (\w+)$/mg], \@commands, 'the page describes every command');
is_deeply([sort { $a cmp $b } $option_section =~ /^\.TP\n\.BI? --([a-z-]+)/mg], \@all, 'the page describes every option, once');
my ($of_all) = $option_section =~ /^\.SS Of all commands\n(.*?)^\.SS /ms;
is_deeply([sort { $a cmp $b } $of_all =~ /^\.BI? --([a-z-]+)/mg], \@global, 'and which are for all commands');
is_deeply({ map { /^\.BI? --([a-z-]+)(?: " ([A-Z]+)")?$/m ? ($1 => $2 // '') : () } split(/^\.TP$/m, $option_section) },
    { map { $_ => (keys %{ $value{$_} })[0] } @all }, 'with their values');
is_deeply([map { s/^tlsgatectl (?:\[OPTION\.\.\.\] )?//r } grep { /^tlsgatectl / } split(/\n/, $synopsis =~ s/\\f[BIR]//gr)], \@usage,
    'the synopsis is the usage of the help');
SKIP: {
    my ($man_program) = grep { -x } map { ("$_/mandoc", "$_/man") } split(/:/, $ENV{PATH});
    skip 'neither mandoc nor man is installed', 1 unless $man_program;
    my $said = $ctl->run_as({ env => { LD_PRELOAD => undef, MANWIDTH => 80, LC_ALL => 'C.UTF-8' } }, $man_program =~ /mandoc$/ ? ($man_program, '-T', 'lint', '-W', 'warning', $MAN)
        : ($man_program, '--warnings', '-l', '-Tutf8', TlsGate::Httpd::absolute($MAN)));
    unlike($said->{err} . ($man_program =~ /mandoc$/ ? $said->{out} : ''), qr/warning|error|cannot/i, 'the manual page has no errors');
}

# --- the completions, which run the program
sub complete { my (@words) = @_; return $ctl->run_as({}, $program, 'complete', '--', $ctl->standard, @words)->{out} }
sub offered { return map { /^([^\t]+)/ } split(/\n/, complete(@_)) }
my @options = map { "--$_" } grep { !/^(?:state|httpd)$/ } @global; # those of every call here
is_deeply([sort(offered(''))], [sort(@options, @commands)], 'every command and the options of all');
for my $command (@commands) {
    is_deeply([sort(offered($command, '-'))], [sort(@options, map { "--$_" } @{ $own{$command} })], "the options of $command");
    for my $option (@{ $own{$command} }) {
        my $line = (grep { /^--$option\t/ } split(/\n/, complete($command, '-')))[0] // '';
        my ($help) = help_of($command) =~ /^  --$option(?: [A-Z]+)? +(\S.*)$/m;
        is($line, "--$option\t$help", "$command: --$option with its help");
    }
}
is_deeply([grep { !/^-/ } offered('exempt', '')], [qw(add remove import export list)], 'the words that can follow exempt');
is_deeply([grep { !/^-/ } offered('exempt', 'add', '')], [qw(legacy-tls kx)], 'the names of schedules');
is_deeply([grep { !/^-/ } offered('schedule', 'kx', '')], [qw(legacy-tls kx)], 'several of them');
is_deeply([grep { !/^-/ } offered('postpone', 'kx', '')], [], 'but not more than are allowed');
is_deeply([grep { /^--json|^--at/ } offered('schedule', '--json', '-')], ['--at'], 'an option is offered once');
is_deeply([offered('simulate', '--protocol', '')], [qw(SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown)], 'the protocols');
{
    my $bare = TlsGate::Ctl->new(runs => 0);
    $bare->run_as({ env => { PATH => '/nonexistent' } }, $program, 'complete', '--', $bare->standard, 'schedule', '');
    is(TlsGate::Httpd::slurp("$bare->{httpd}{dir}/program.args"), '', 'a program named on the command line is not run');
}
is(complete('suspend', '--by', ''), ":user\n", 'the shell knows users');
is(complete('--config', ''), ":file\n", 'and files');
is(complete('suspend', '--reason', ''), '', 'a reason cannot be completed');

# Shells: from a command line to the words offered. Words that a shell adds itself are one word here.
sub shell { my (@command) = @_; return $ctl->run_as({ env => { PATH => "$ctl->{httpd}{dir}:$ENV{PATH}" } }, @command)->{out} }
$ctl->script('tlsgatectl', join(' ', 'exec', $program, '"$@"'));
my $BASH_TRY = q{compgen() { [[ $1 == -? && $2 == -- ]] && echo "SHELL$1"; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tlsgatectl; printf '%s\n' "${COMPREPLY[@]}"};
my $ZSH_TRY = q{compdef() { : }; _files() { print -- SHELL-f }; _command_names() { print -- SHELL-c }; _users() { print -- SHELL-u };
    _describe() { local o; for o in "${(P@)3}"; do print -r -- "${o%%:*}"; done };
    file=$1; shift; words=("$@"); CURRENT=$#; . $file};
my %SHELLS = (bash => [$BASH, $BASH_TRY, '-c'], zsh => [$ZSH, $ZSH_TRY, '-fc']);
for my $shell (sort keys %SHELLS) {
    my ($file, $try, $flag) = @{ $SHELLS{$shell} };
    my $text = text_of($file) =~ s/^#.*$//mgr;
    is_deeply([grep { $text =~ /(?<![\w-])(?:--)?\Q$_\E(?![\w-])/ } grep { $_ ne 'state' } @commands, map { "--$_" } @all], [], "$shell: $file has no list");
    SKIP: {
        skip "$shell is not installed", 6 unless grep { -x "$_/$shell" } split(/:/, $ENV{PATH});
        is(system($shell, '-n', $file), 0, "$shell: it can be parsed");
        my $words = sub { return [split /\n/, shell($shell, $flag, $try, 'try', TlsGate::Httpd::absolute($file), 'tlsgatectl', @_)] };
        is_deeply([grep { /^ex|^sus/ } @{ $words->('') }], [qw(suspend extend exempt)], "$shell: commands");
        is_deeply([grep { !/^-/ } @{ $words->('--state', $ctl->{state}, 'schedule', '') }], [qw(legacy-tls kx)], "$shell: the schedules of the state file that was typed");
        is_deeply($words->('--config', ''), ['SHELL-f'], "$shell: files");
        is_deeply($words->('--httpd', ''), ['SHELL-c'], "$shell: programs");
        is_deeply($words->('suspend', '--by', ''), ['SHELL-u'], "$shell: users");
    }
}
is_deeply([split /\n/, shell('bash', '-c', $BASH_TRY, 'try', $BASH, qw(tlsgatectl sus))], ['suspend'], 'bash: the beginning of a command');
is_deeply([split /\n/, shell('bash', '-c', $BASH_TRY, 'try', $BASH, qw(tlsgatectl simulate --protocol = SS))], ['SSLv3'], 'bash: a value after =');

# --- the parameters of a store, which the program lists when one is wrong
my ($parameters) = $ctl->run('--store', 'etcd://localhost/k?nothing=1', 'status')->{err} =~ /; use (.*)/;
my @parameters = sort { $a cmp $b } ($parameters // '') =~ /([a-z-]+)=/g;
cmp_ok(scalar @parameters, '>', 3, 'there are parameters of a store');
my ($stores) = $man =~ /^\.SH STORES\n(.*?)^\.SH /ms;
is_deeply([sort { $a cmp $b } $stores =~ /^\.BI ([a-z-]+)= /mg], \@parameters, 'the manual page has them');
my ($fleet) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^## The store of a fleet\n(.*?)^# /ms;
my ($table) = $fleet =~ /^\| parameter \|.*?\n(.*?)\n\n/ms;
is_deeply([sort { $a cmp $b } map { /`([a-z-]+)`/g } map { (split /\|/)[1] } split(/\n/, $table)], \@parameters, 'the reference has them');

# --- the schema
my $schema = TlsGate::Schema->new('docs/state.schema.json');

# The documents that are written.
my @WHY = (qw(--reason because --by ops --yes));
$ctl->run(@$_, @WHY) for [qw(suspend legacy-tls --for PT1H)], [qw(trial kx --for PT1H)], [qw(postpone legacy-tls --cutoff 2018-12-01T00:00Z)],
    [qw(exempt add kx account:acme --for PT1H)], [qw(exempt add kx 192.0.2.0/24 --for PT1H)], [qw(exempt add kx 2001:db8::7 --for PT1H)];
my $whole = $ctl->document;
is_deeply([map { scalar @{ $whole->{$_} } } qw(overrides exemptions)], [3, 3], 'everything is written');
ok($schema->fits($whole), 'the schema accepts the output of tlsgatectl');

# Documents: a change of the one that was written, and whether the result is valid.
my $coder = JSON::PP->new->utf8->canonical;
sub changed { my ($change) = @_; my $copy = $coder->decode($coder->encode($whole)); $change->($copy) for grep { $_ } $change; return $copy }
my @documents = (
    ['as written',           1, undef],
    ['empty',                1, sub { @{ $_[0] }{qw(overrides exemptions)} = ([], []) }],
    ['an offset',            1, sub { $_[0]{overrides}[0]{until} = '2018-08-21T10:00+01:00' }],
    ['another version',      0, sub { $_[0]{version} = 2 }],
    ['a version as text',    0, sub { $_[0]{version} = '1' }],
    ['no version',           0, sub { delete $_[0]{version} }],
    ['a member more',        0, sub { $_[0]{comment} = 'x' }],
    ['no exemptions',        0, sub { delete $_[0]{exemptions} }],
    ['exemptions as object', 0, sub { $_[0]{exemptions} = {} }],
    ['an entry as text',     0, sub { $_[0]{overrides}[0] = 'x' }],
    ['an unknown kind',      0, sub { $_[0]{overrides}[0]{kind} = 'pause' }],
    ['a note in an entry',   0, sub { $_[0]{overrides}[0]{note} = 'x' }],
    ['until in a postpone',  0, sub { $_[0]{overrides}[2]{until} = '2018-08-21T10:00Z' }],
    ['both kinds of exempt', 0, sub { $_[0]{exemptions}[0]{network} = '192.0.2.7' }],
    ['neither kind',         0, sub { delete $_[0]{exemptions}[0]{client} }],
    ['an empty text',        0, sub { $_[0]{overrides}[0]{reason} = '' }],
    ['a text of 512',        1, sub { $_[0]{overrides}[0]{reason} = 'x' x 512 }],
    ['a text of 513',        0, sub { $_[0]{overrides}[0]{reason} = 'x' x 513 }],
    ['a NUL',                0, sub { $_[0]{overrides}[0]{reason} = "a\0b" }],
    ['null for a text',      0, sub { $_[0]{overrides}[0]{reason} = undef }],
    ['a day',                0, sub { $_[0]{overrides}[0]{until} = '2018-08-21' }],
    ['no offset',            0, sub { $_[0]{overrides}[0]{until} = '2018-08-21T10:00:00' }],
    ['a fraction',           0, sub { $_[0]{overrides}[0]{until} = '2018-08-21T10:00:00.5Z' }],
    ['a month 13',           0, sub { $_[0]{overrides}[0]{until} = '2018-13-21T10:00:00Z' }],
    ['an hour 24',           0, sub { $_[0]{overrides}[0]{until} = '2018-08-21T24:00:00Z' }],
    ['a newline after it',   0, sub { $_[0]{overrides}[0]{until} = "2018-08-21T10:00:00Z\n" }],
    ['seconds as number',    0, sub { $_[0]{overrides}[0]{until} = 1534842000 }],
    ['a name for a network', 0, sub { $_[0]{exemptions}[1]{network} = 'example.com' }],
    ['a fraction of zero',   1, sub { $_[0]{overrides}[0]{until} = '2018-08-21T10:00:00.000Z' }],
    ['minutes and fraction', 0, sub { $_[0]{overrides}[0]{until} = '2018-08-21T10:00.000Z' }],
    ['a schema',             1, sub { $_[0]{'$schema'} = 'state.schema.json' }],
    ['a schema of no text',  0, sub { $_[0]{'$schema'} = {} }],
    ['1,001 exemptions',     1, sub { my $e = $_[0]{exemptions}[1]; @$e{qw(reason owner by)} = ('r', 'o', 'b'); $_[0]{exemptions} = [($e) x 1001] }],
);
map { my $member = $_; push @documents, map { my ($list, $i) = @$_; [ "no $member in $list $i", 0, sub { delete $_[0]{$list}[$i]{$member} } ] }
    ['overrides', 0], ['overrides', 2], ['exemptions', 0] } qw(schedule reason by since);
for (@documents) {
    my ($name, $is_good, $change) = @$_;
    my $document = changed($change);
    $ctl->write($ctl->{state}, $coder->encode($document));
    my $said = $ctl->run_as({}, $program, '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd', 'status', '--json');
    my $read = $ctl->json_of($said)->{stored} eq 'read';
    is_deeply([$read ? 1 : 0, $schema->fits($document) ? 1 : 0], [$is_good, $is_good], "$name: program and schema agree");
}
# What the unit tests try: t/unit/state.c.
for (['overrides', 'TG_STATE_OVERRIDES_MAX'], ['exemptions', 'TG_STATE_EXEMPTIONS_MAX']) {
    my ($list, $name) = @$_;
    my ($most) = TlsGate::Httpd::slurp('src/format/state.h') =~ /^#define $name (\d+)$/m;
    is($schema->{whole}{properties}{$list}{maxItems}, $most, "$list: so many entries fit into the program and the schema");
}

# --- what simulate prints
$schema = TlsGate::Schema->new('docs/simulate.schema.json');
my $simulated = TlsGate::Ctl->new;
$simulated->run(qw(exempt add legacy-tls 192.0.2.7 --until 2019-01-01T00:00Z --yes --reason r));
for my $args ([], [qw(--protocol TLSv1 --client 192.0.2.7 --at 2018-12-01T00:00Z)], [qw(--at 2018-07-20T14:05Z --client account:x)], [qw(--host api.example.com --path /sandbox)], [qw(--protocol TLSv1.3)]) {
    my $document = $simulated->json_of($simulated->run('simulate', '--json', @$args));
    ok($schema->fits($document), "the schema of simulate fits @$args") or diag($schema->wrong);
    $document->{answers}[0]{new_client}{answer} = 'maybe';
    ok(!$schema->fits($document), '... and nothing else');
}

done_testing;
