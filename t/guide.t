#!/usr/bin/perl
# The commands with tlsgatectl that the guide shows do what it says: they are run in its order,
# beside a real httpd with the schedule of the sample, and the clients are asked afterwards.
# --yes is added to what would ask. What a dry run prints is what stands behind it.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Ctl;

my $GUIDE = 'docs/operators.md';
my $STATE = '/var/lib/tlsgate/state.json';
my $CHANGES = qr/suspend|trial|resume|postpone|exempt (?:add|remove)/;

# When each kind of change is made, and the status for an old client before it and after.
my %STORY = (
    'suspend'       => ['2027-06-01T15:25:00Z', 426, 200],
    'resume'        => ['2027-06-02T08:00:00Z', 200, 426],
    'trial'         => ['2027-02-03T10:00:00Z', 200, 426],
    'postpone'      => ['2027-05-31T16:00:00Z', 200, 200],
    'exempt add'    => ['2027-06-20T12:00:00Z', 426, 200],
    'exempt remove' => ['2027-06-21T12:00:00Z', 200, 426],
);

my $guide = TlsGate::Httpd::slurp($GUIDE);
(my $sample = TlsGate::Httpd::slurp('conf/tlsgate.conf')) =~ s/ report-only$//m or die "no report-only\n";
$sample =~ s/^\s*TlsGateGrace .*\n//m or die "no TlsGateGrace\n";
$sample =~ s/^TlsGateState .*\n//m or die "no TlsGateState\n";
my $ctl = TlsGate::Ctl->new(runs => 0, clock => '2027-01-20T00:00:00Z', conf => <<"CONF");
Listen 127.0.0.1:\@tls\@ https
Define APACHE_LOG_DIR \$DIR/logs
$sample
<VirtualHost *:\@tls\@>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
CONF
my $httpd = $ctl->{httpd};
my $tool = $ctl->script('tlsgatectl', join(' ', 'exec', TlsGate::Ctl::program(), $ctl->standard, '"$@"'));
$httpd->start;

sub request { my (%o) = @_; return ask(port => $httpd->port, sni => 'api.example.com', tls => 'TLSv1', path => '/', headers => ['X-Account: A-20'], %o) }
sub answers { my ($status, @o) = @_; return $httpd->wait_until(sub { (request(@o) || {})->{status} == $status }) }

# A command as the guide has it, and what is printed: { status, out, err }.
sub run_command {
    my ($command) = @_;
    my %path = (PATH => "$httpd->{dir}:" . ($ENV{PATH} // ''));
    my $said = $ctl->run_as({ env => { %path, SUDO_USER => 'alice' } }, 'sh', '-c', $command);
    $said->{out} =~ s/\Q$ctl->{state}\E/$STATE/g;
    $said->{out} =~ s/:@{[$httpd->port]}$/:443/mg;
    return $said;
}

sub kind_of { my ($command) = @_; return $command =~ /^tlsgatectl ($CHANGES)\b/ ? $1 : '' }

# Each line of a block, and the text behind the block if it is what the last line prints.
my (@commands, %seen);
while ($guide =~ /^```sh\n((?:tlsgatectl [^\n]*\n)+)```\n(?:\n```text\n(.*?)^```$)?/msg) {
    my ($block, $text) = ($1, $2);
    my $line = 1 + substr($guide, 0, $-[0]) =~ tr/\n//;
    my @lines = map { { at => "$GUIDE:" . ++$line, command => $_ } } split(/\n/, $block);
    $lines[-1]{prints} = $text;
    push @commands, @lines;
}
my $shell = join('', $guide =~ /^```sh\n(.*?)^```$/msg);
is(scalar @commands, scalar(() = $shell =~ /^tlsgatectl /mg), 'each line with tlsgatectl is run');
# Nothing else is: a mistake in a document must not become a command of a shell.
@commands == grep { $_->{command} =~ /^tlsgatectl (?:[\w.:\/-]+|"[\w ]+"| )+\z/ } @commands or die "$GUIDE has a line that is more than words\n";

for my $c (@commands) {
    my $kind = kind_of($c->{command});
    my $story = $STORY{$kind};
    if ($story) {
        $httpd->set_clock($story->[0]);
        ok(answers($story->[1]), "$c->{at}: before it an old client gets $story->[1]");
    }
    my $is_dry = $c->{command} =~ / --dry-run\b/;
    my $said = run_command($c->{command} . ($story && !$is_dry && $c->{command} !~ / --yes\b/ ? ' --yes' : ''));
    is($said->{status}, 0, "$c->{at}: it ends with 0") or diag("$c->{command}\n$said->{out}$said->{err}");
    is($said->{out}, $c->{prints}, "$c->{at}: it prints what the guide says") if defined $c->{prints};
    next unless $story;
    $seen{$kind}++;
    ok(answers($story->[ $is_dry ? 1 : 2 ]), "$c->{at}: after it as well") or diag($httpd->error_log);
}
is_deeply([sort keys %seen], [sort keys %STORY], 'the guide shows each kind of change');

# What the reference says about the fields of the log.
my %override = map { $_->{kind} => [sort keys %$_] } grep { $_ } map { $_->{tlsgate}{override} } $httpd->sightings;
is_deeply(\%override, { suspend => [qw(kind until)], trial => [qw(kind until)] }, 'the log names the override');
my ($exempt) = grep { $_ } map { $_->{tlsgate}{exemption} } $httpd->sightings;
is_deeply([sort keys %{ $exempt || {} }], [qw(owner until)], 'the log names the exemption');
my %by = map { $_->{by} => 1 } $ctl->audit;
is_deeply([sort keys %by], [qw(alice ops)], 'the audit log has who called sudo, and --by');
is_deeply([sort map { $_->{outcome} } $ctl->audit], [sort map { ('begun', 'done') } 1 .. @{[ $ctl->audit ]} / 2], 'and two lines for each change');

# --- what the reference prints of the error log, and of a file that breaks
my ($text) = TlsGate::Httpd::slurp('docs/reference.md') =~ /^## TlsGateState\n(.*?)^## /ms;
$text =~ s/^```apache-wrong\n.*?^```\n\n```text\n.*?^```\n//msg;
my @messages = map { split /\n/ } ($text // '') =~ /^```text\n(.*?)^```/msg;
$ctl->write($ctl->{state}, '{ "version": 1,');
chmod 0644, $ctl->{state};
ok($httpd->wait_until(sub { request(); $httpd->error_log =~ /last good state stays in force/ }), 'a broken file is reported');
ok(answers(426), 'and changes nothing');
unlink $ctl->{state};
ok($httpd->wait_until(sub { request(); $httpd->error_log =~ /the file has gone/ }), 'one that has gone too');
my $log = $httpd->error_log =~ s/\Q$ctl->{state}\E/$STATE/gr;
cmp_ok(scalar @messages, '>', 3, 'the reference prints lines of the error log');
for my $message (@messages) {
    my $pattern = quotemeta($message) =~ s/generation\\ \d+/generation\\ \\d+/r;
    like($log, qr/$pattern/, "the error log says: $message");
}

# --- how the guide ends all that is in force
my ($empty) = $guide =~ /^# echo '(\{.*\})' >/m;
$httpd->set_clock('2027-06-01T09:30:00Z');
ok(answers(200), 'the postponement is in force still');
$ctl->write("$ctl->{state}.empty", ($empty // '') . "\n");
chmod 0644, "$ctl->{state}.empty";
rename("$ctl->{state}.empty", $ctl->{state}) or die "$ctl->{state}: $!\n";
ok(answers(426), 'a document without entries ends it');
$httpd->finish_ok(qr/last good state stays in force/, qr/the file has gone/);
done_testing;
