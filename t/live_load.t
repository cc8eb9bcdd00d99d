# The state flips ten times while two hundred connections are open: old clients and modern
# ones, each with many requests on a connection that is kept, or a new one for each. Every
# answer belongs to the old or the new state, none is lost, and no client gets the old state
# again once any client has seen the new one.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::SSL;
use List::Util qw(max min);
use POSIX ();
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Client qw(connect_to read_response);
use TlsGate::Httpd;
use TlsGate::Long qw(mpms);
use TlsGate::Stacks qw(imf_date);
use TlsGate::State qw(postpone trial);

# Many connections: one certificate loads faster than all trusted ones of the machine.
IO::Socket::SSL::set_client_defaults(SSL_ca_file => (TlsGate::Httpd::certificate())[0]);

my ($CLIENTS, $EACH, $FLIPS) = (20, 10, 10);
my $PATIENCE = 600;                                     # seconds for one client
my @VERSIONS = ('TLSv1', 'TLSv1.2', 'TLSv1.1', 'TLSv1.3');
my $CUTOFF   = '2099-01-01T00:00:00Z';

# The state of each number, and the answer to an old client in it: odd ones serve until the new
# cutoff, even ones reject until the end of the trial.
sub instant { my ($n) = @_; return sprintf('%d-02-%02dT00:00:00Z', $n % 2 ? 2099 : 2098, $n) }
sub entry { my ($n) = @_; return $n % 2 ? postpone('legacy', $CUTOFF, instant($n)) : trial('legacy', instant($n)) }
my %NUMBER = ('200 ' . imf_date($CUTOFF) => 0,
    map { (($_ % 2 ? '200 ' . imf_date(instant($_)) : '426 ' . instant($_)) => $_) } 1 .. $FLIPS);

# As many children as connections, or threads; no spare ones.
my %CONF = (
    prefork  => "StartServers 210\nServerLimit 220\nMaxRequestWorkers 220\nMinSpareServers 1\nMaxSpareServers 220\n",
    threaded => "ThreadLimit 60\nThreadsPerChild 60\nStartServers 4\nServerLimit 4\nMaxRequestWorkers 240\nMinSpareThreads 1\nMaxSpareThreads 240\n",
);
my $conf = <<"CONF";
Listen 127.0.0.1:\@tls\@
ListenBackLog 1000
Timeout 300
KeepAliveTimeout 300
MaxKeepAliveRequests 0
SSLEngine on
TlsGateState \$DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    $CUTOFF
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
LogFormat "%P %{X-Number}i" process
CustomLog logs/processes process
CONF

my ($h, $state);

sub now { return clock_gettime(CLOCK_MONOTONIC) }
sub file_of { my ($client) = @_; return $h->dir . "/run/client.$client" }

# --- the clients

sub version_of { my ($client, $slot) = @_; return $VERSIONS[($client + $slot) % @VERSIONS] }
sub is_kept { my ($slot) = @_; return $slot < 6 }
sub request { my ($number) = @_; return "GET / HTTP/1.1\r\nHost: localhost\r\nX-Number: $number\r\n\r\n" }

# The answer, in one word or two: a connection to be kept must not be closed unless
# the request is rejected.
sub what {
    my ($r) = @_;
    return 'dropped' unless $r && $r->{status};
    my $closes = ($r->{headers}{connection} // '') =~ /close/;
    return "426 $1" if $r->{status} == 426 && $r->{body} =~ /"until": ?"([^"]*)"/;
    return "status $r->{status}" . ($closes ? ', closed' : '') if $r->{status} != 200 || $closes;
    return '200' . (defined $r->{headers}{sunset} ? " $r->{headers}{sunset}" : '');
}

# All requests first, then all answers. A line is the number, the version, the time of the
# request, the time of the answer, and the answer.
sub go_round {
    my ($client, $round, $connections) = @_;
    my (@sent, @lines);
    for my $slot (0 .. $EACH - 1) {
        my $s = $connections->[$slot] ||= connect_to(port => $h->port, tls => version_of($client, $slot));
        $sent[$slot] = now();
        print $s request("$client.$slot.$round") if $s;
    }
    for my $slot (0 .. $EACH - 1) {
        my $s = $connections->[$slot];
        my $got = $s ? what(scalar read_response($s)) : 'no connection';
        push @lines, join("\t", "$client.$slot.$round", version_of($client, $slot), $sent[$slot], now(), $got) . "\n";
        $connections->[$slot] = undef unless $got =~ /^200/ && is_kept($slot);
    }
    return @lines;
}

sub start_client {
    my ($client) = @_;
    my $pid = fork() // die "fork: $!";
    return $pid if $pid;
    $SIG{PIPE} = 'IGNORE';
    alarm $PATIENCE;
    eval {
        my @connections;
        open(my $f, '>', file_of($client)) or die "client $client: $!";
        for (my $round = 1; !-e $h->dir . '/run/over'; $round++) { syswrite($f, join('', go_round($client, $round, \@connections))) }
        1;
    } or POSIX::_exit(1);
    POSIX::_exit(0);
}

# One round may have begun before; the next one has not.
sub everybody_went_round {
    my $ok = 1;
    for (1, 2) {
        my @before = map { -s file_of($_) // 0 } 1 .. $CLIENTS;
        $ok &&= $h->wait_until(sub { !grep { (-s file_of($_) // 0) <= $before[ $_ - 1 ] } 1 .. $CLIENTS }, $PATIENCE);
    }
    return $ok;
}

# --- their answers

sub answers {
    my %pid = map { reverse split(/ /) } grep {/ \d/} split(/\n/, TlsGate::Httpd::slurp($h->dir . '/logs/processes'));
    my @all;
    for my $line (map { split(/\n/, TlsGate::Httpd::slurp(file_of($_))) } 1 .. $CLIENTS) {
        my %a;
        @a{qw(number version sent came got)} = split(/\t/, $line);
        push @all, { %a, pid => $pid{ $a{number} }, state => $NUMBER{ $a{got} }, old => $a{version} =~ /^TLSv1(?:\.1)?$/ ? 1 : 0 };
    }
    return @all;
}

# The newest event before each of the instants, both sorted by time:
# an event is [instant, state].
sub newest_before {
    my ($events, @instants) = @_;
    my ($i, $newest, @found) = (0, 0);
    for my $t (@instants) {
        for (; $i < @$events && $events->[$i][0] < $t; $i++) { $newest = max($newest, $events->[$i][1]) }
        push @found, $newest;
    }
    return @found;
}

# Wrong answers: newer than the state that was put, or older than one that was applied
# or seen, judged by the time of the request or of the answer.
sub wrong {
    my ($put, $taken, @old) = @_;
    my @by_sent = sort { $a->{sent} <=> $b->{sent} } @old;
    my @by_came = sort { $a->{came} <=> $b->{came} } @old;
    my @sent = map { $_->{sent} } @by_sent;
    my @least = newest_before($taken, @sent);
    my @seen  = newest_before([ map { [ $_->{came}, $_->{state} ] } @by_came ], @sent);
    my @most  = newest_before($put, map { $_->{came} } @by_came);
    my %wrong;
    for my $i (0 .. $#old) {
        push @{ $wrong{'older than the state in force'} }, $by_sent[$i] if $by_sent[$i]{state} < $least[$i];
        push @{ $wrong{'older than the state seen'} },    $by_sent[$i] if $by_sent[$i]{state} < $seen[$i];
        push @{ $wrong{'newer than the state written'} }, $by_came[$i] if $by_came[$i]{state} > $most[$i];
    }
    return \%wrong;
}

# For readers: the time from the new file to the first answer of its state, and to the last
# answer of the previous one.
sub measure {
    my ($mpm, $put, @old) = @_;
    my %processes = map { ($_->{pid} => 1) } grep { defined $_->{pid} } @old;
    my (@first, @last);
    for my $p (@$put) {
        my ($t, $n) = @$p;
        push @first, min(map { $_->{came} - $t } grep { $_->{state} >= $n } @old);
        push @last, max(0, map { $_->{came} - $t } grep { $_->{state} < $n } @old);
    }
    note(sprintf('%s: %d answers of %d processes to old clients; seconds until the new state was shown, and the old one no longer:',
        $mpm, scalar @old, scalar keys %processes), map { sprintf(' %.2f/%.2f', $first[$_], $last[$_]) } 0 .. $#first);
}

sub under_load {
    my ($mpm) = @_;
    $h = TlsGate::Httpd->new(mpm => $mpm, conf => $conf . ($CONF{$mpm} || $CONF{threaded}));
    $state = TlsGate::State->new($h, sub { });
    $h->start;
    my @pids = map { start_client($_) } 1 .. $CLIENTS;
    ok($h->wait_until(sub { !grep { !-s file_of($_) } 1 .. $CLIENTS }, $PATIENCE), "$mpm: " . $CLIENTS * $EACH . ' connections are open');
    my (@put, @taken);
    for my $n (1 .. $FLIPS) {
        push @put, [ now(), $n ];
        $state->apply(entry($n)) or last;
        push @taken, [ now(), $n ];
        everybody_went_round() or last;
    }
    $h->write_file('run/over', '');
    is(scalar(grep { waitpid($_, 0) == $_ && $? == 0 } @pids), $CLIENTS, "$mpm: every client finished");
    is(scalar @taken, $FLIPS, "$mpm: the state flipped $FLIPS times");

    my @all    = answers();
    my @old    = grep { $_->{old} } @all;
    my @modern = grep { !$_->{old} } @all;
    my %odd;
    $odd{ $_->{got} }++ for (grep { !defined $_->{state} } @old), grep { $_->{got} ne '200' } @modern;
    is_deeply(\%odd, {}, "$mpm: nothing was dropped, nothing else was answered");
    @old = grep { defined $_->{state} } @old;
    is_deeply(wrong(\@put, \@taken, @old), {}, "$mpm: every answer belongs to the old or the new state, and none goes back");
    my %seen = map { ($_->{state} => 1) } @old;
    is_deeply([ sort { $a <=> $b } keys %seen ], [ 0 .. $FLIPS ], "$mpm: each state was seen");
    is($state->taken, $FLIPS, "$mpm: and reported once");
    measure($mpm, \@put, @old);
    $h->finish_ok;
}

my @mpms = mpms();
cmp_ok(scalar @mpms, '>', 0, "there are MPMs: @mpms");
under_load($_) for @mpms;

done_testing;
