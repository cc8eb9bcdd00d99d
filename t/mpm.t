# The same behaviour under prefork, worker and event: which clients are rejected and which
# are served, on connections kept across a boundary, and under a mixed load from
# several clients at once, with a complete log.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

my $conf = <<'CONF';
Listen @tls@
Listen @http@
MaxKeepAliveRequests 0
# event closes kept connections by the clock that the test sets.
KeepAliveTimeout 9999999
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateCutoff    2018-08-07T00:00Z
</TlsGateSchedule>
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy plain
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
<Location /open>
    TlsGate legacy plain as=announced
</Location>
<VirtualHost *:@tls@>
    SSLEngine on
</VirtualHost>
CONF

# The loop of each client: TLS version, path, number of requests
# on one connection, status.
my @mix = (
    [ 'TLSv1',   '/open', 10, 200 ],
    [ 'TLSv1',   '/index.html',      1,  426 ],
    [ 'TLSv1.3', '/index.html',      10, 200 ],
    [ undef,     '/index.html',      15, 200 ],
    [ 'TLSv1.1', '/index.html',      1,  426 ],
    [ 'TLSv1.2', '/index.html',      5,  200 ],
    [ undef,     '/open', 3,  200 ],
);
my ($clients, $rounds) = (6, 1);

# One client. Returns the number of wrong answers.
sub client {
    my ($h, $name) = @_;
    my $wrong = 0;
    for my $round (1 .. $rounds) {
        for my $m (0 .. $#mix) {
            my ($tls, $path, $n, $status) = @{ $mix[ ($m + $name) % @mix ] };
            my $s = connect_to(port => $h->port($tls ? 'tls' : 'http'), tls => $tls);
            for my $i (1 .. $n) {
                my $r = ask(on => $s, path => "$path?$i", headers => ["X-Account: c$name-$round-$m-$i"]);
                next if $r && ($r->{status} // 0) == $status && ($status != 200 || $r->{body} eq "static page\n");
                $wrong++;
                warn sprintf("%s %s: %s instead of %d\n", $tls // 'cleartext', $path, $r ? $r->{status} // '?' : 'nothing', $status);
            }
        }
    }
    return $wrong;
}

# The accounts of all deprecated requests that the clients made.
sub accounts {
    my @all;
    for my $name (1 .. $clients) {
        for my $round (1 .. $rounds) {
            for my $m (0 .. $#mix) {
                my ($tls, undef, $n) = @{ $mix[ ($m + $name) % @mix ] };
                next if ($tls // '') =~ /^TLSv1\.[23]$/;
                push @all, map {"account:c$name-$round-$m-$_"} 1 .. $n;
            }
        }
    }
    return sort @all;
}

# httpd wakes its own processes with a request, which is not from a client.
my $wake = qr/internal dummy connection/;
sub of_clients { return grep { ($_->{user_agent}{original} // '') !~ $wake } $_[0]->sightings }

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork worker event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        my $h = TlsGate::Httpd->new(mpm => $mpm, clock => '2018-07-10T08:30:00Z', conf => $conf);
        $h->write_file('htdocs/open', "static page\n");
        $h->start;
        my @legacy = (port => $h->port, tls => 'TLSv1', path => '/index.html');
        my @modern = (port => $h->port, tls => 'TLSv1.2', path => '/index.html');

        # --- across a boundary ---
        my $r = ask(@legacy);
        is($r->{status}, 200, "$mpm: before the trial, served");
        is($r->{headers}{deprecation}, '@1527811200', "$mpm: and told");
        my ($kept, $modern, $trial) = (connect_to(@legacy), connect_to(@modern), connect_to(@legacy));
        is(ask(on => $_->[0])->{status}, 200, "$mpm: $_->[1], before the trial")
            for [ $kept, 'kept' ], [ $modern, 'modern' ], [ $trial, 'another' ];
        $h->set_clock('2018-07-10T09:00:00Z');
        $r = ask(on => $kept);
        is($r->{status}, 426, "$mpm: on a kept connection, rejected from the first second of the trial on");
        is($r->{headers}{'retry-after'}, 3600, "$mpm: Retry-After");
        is(ask(on => $modern)->{status}, 200, "$mpm: a modern connection stays open");
        is(ask(@legacy)->{status}, 426, "$mpm: a new connection, rejected");
        is(ask(@modern)->{status}, 200, "$mpm: a new modern connection, served");
        $h->set_clock('2018-07-10T10:00:00Z');
        is(ask(on => $trial)->{status}, 200, "$mpm: a kept connection is served right after the trial");
        $h->set_clock('2018-08-07T00:00:00Z');
        is(ask(on => $trial)->{status}, 426, "$mpm: and rejected from the cutoff on");
        is(ask(on => $modern)->{status}, 200, "$mpm: the modern connection is still open");
        undef $_ for $kept, $modern, $trial;
        ok($h->wait_until(sub { of_clients($h) == 7 }), "$mpm: seven sightings");

        # --- a mixed load ---
        my @pids = map {
            my $pid = fork() // die "fork: $!";
            if (!$pid) { POSIX::_exit(client($h, $_) ? 1 : 0) }
            $pid;
        } 1 .. $clients;
        is_deeply([ map { waitpid($_, 0); $? } @pids ], [ (0) x $clients ], "$mpm: $clients parallel clients get the right answers");
        my @expected = accounts();
        $h->wait_until(sub { of_clients($h) >= 7 + @expected });
        my @seen = sort grep {/^account:/} map { $_->{tlsgate}{client} } of_clients($h);
        is(scalar @seen, scalar @expected, "$mpm: one line for each of " . @expected . ' deprecated requests');
        is_deeply(\@seen, \@expected, "$mpm: the expected ones");
        my %verdict;
        $verdict{"$_->{tlsgate}{verdict} $_->{http}{response}{status_code}"}++ for of_clients($h);
        is_deeply([ sort keys %verdict ], [ 'reject 426', 'warn 200' ], "$mpm: no other verdict or status");

        # --- a graceful restart ---
        $h->graceful;
        is(ask(@legacy)->{status}, 426, "$mpm: after a graceful restart, rejected");
        is(ask(@modern)->{status}, 200, "$mpm: after a graceful restart, served");
        ok($h->wait_until(sub { of_clients($h) == 8 + @expected }), "$mpm: and logged");
        is(scalar(grep { ($_->{user_agent}{original} // '') =~ $wake } $h->sightings), 0, "$mpm: httpd's own requests are not sightings");
        $h->finish_ok;
    }
}
done_testing;
