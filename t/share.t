# share=N%: a trial for a part of the clients, always the same ones, in every
# process and after every restart; a larger share only adds clients.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Httpd;

my $clients = 300;
my $conf = <<'CONF';
Listen @http@
Listen @other@
Listen @byip@
MaxKeepAliveRequests 0
<TlsGateSchedule shared>
    TlsGateDeprecate cleartext
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-01T00:00Z/PT1H share=1%
    TlsGateTrial     2018-07-02T00:00Z/PT1H share=25%
    TlsGateTrial     2018-07-03T00:00Z/PT1H share=50%
    TlsGateTrial     2018-07-04T00:00Z/PT1H share=99%
    TlsGateTrial     2018-07-05T00:00Z/PT1H share=100%
    TlsGateTrial     2018-07-06T00:00Z/PT1H
    TlsGateTrial     2018-07-07T00:00Z/PT10M every=PT1H until=2018-07-08T00:00Z share=25%
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule another>
    TlsGateDeprecate cleartext
    TlsGateTrial     2018-07-02T00:00Z/PT1H share=25%
</TlsGateSchedule>
TlsGate shared
TlsGateIdentity header:X-Account
TlsGateLog logs/tlsgate.ndjson
LogFormat "%P" pid
CustomLog logs/pids pid
<VirtualHost *:@other@>
    TlsGate another
</VirtualHost>
<VirtualHost *:@byip@>
    TlsGateIdentity header:X-Nothing
</VirtualHost>
CONF

my $h = TlsGate::Httpd->new(mpm => 'prefork', clock => '2018-06-15T00:00:00Z', conf => $conf);
$h->start;

# The set of the numbers of the rejected clients. Dies on any other status.
sub rejected {
    my ($server, $port) = @_;
    my %set;
    my $s;
    for my $i (1 .. $clients) {
        $s ||= connect_to(port => $server->port($port // 'http'));
        my $r = ask(on => $s, headers => ["X-Account: customer-$i"]) or die "no answer to $i";
        if ($r->{status} == 403) { $set{$i} = 1; undef $s; next }
        die "status $r->{status} for $i" unless $r->{status} == 200;
    }
    return \%set;
}

sub names { my ($set) = @_; return join(' ', sort { $a <=> $b } keys %$set) }
sub within { my ($small, $large) = @_; return !grep { !$large->{$_} } keys %$small }

my %at;
for ([ 0, '2018-06-15' ], [ 1, '2018-07-01' ], [ 25, '2018-07-02' ], [ 50, '2018-07-03' ], [ 99, '2018-07-04' ],
     [ 100, '2018-07-05' ], [ 'all', '2018-07-06' ], [ 'cutoff', '2018-08-01' ]) {
    $h->set_clock("$_->[1]T00:00:00Z");
    $at{ $_->[0] } = rejected($h);
}
is(keys %{ $at{0} }, 0, 'no trial: no client is rejected');
# Three standard deviations of a binomial distribution on either side.
for ([ 1, 0, 8 ], [ 25, 53, 97 ], [ 50, 124, 176 ], [ 99, 291, 300 ]) {
    my ($share, $least, $most) = @$_;
    my $n = keys %{ $at{$share} };
    ok($n >= $least && $n <= $most, "share=$share%: $n of $clients are rejected");
}
is(keys %{ $at{$_} }, $clients, "$_: everyone") for '100', 'all', 'cutoff';
ok(within($at{1}, $at{25}), 'from 1% to 25%: only added');
ok(within($at{25}, $at{50}), 'from 25% to 50%: only added');
ok(within($at{50}, $at{99}), 'from 50% to 99%: only added');
cmp_ok(keys %{ $at{99} }, '>', keys %{ $at{50} }, 'and there are more of them');

# --- always the same ---------------------------------------------------------------
$h->set_clock('2018-07-02T00:30:00Z');
is(names(rejected($h)), names($at{25}), 'later in the same trial: the same clients');
for ('2018-07-07T00:05:00Z', '2018-07-07T17:05:00Z') {
    $h->set_clock($_);
    is(names(rejected($h)), names($at{25}), "in another trial ($_): the same clients");
}
$h->set_clock('2018-07-07T17:10:00Z');
is(names(rejected($h)), '', 'between two of them: none');
$h->set_clock('2018-07-02T00:00:00Z');
isnt(names(rejected($h, 'other')), names($at{25}), 'another schedule: others');
$h->graceful;
is(names(rejected($h)), names($at{25}), 'after a graceful restart: the same clients');
$h->stop;
$h->set_clock('2018-07-02T00:00:00Z');
$h->start;
is(names(rejected($h)), names($at{25}), 'after a full restart: the same clients');

my $second = TlsGate::Httpd->new(clock => '2018-07-02T00:00:00Z', conf => $conf);
$second->start;
is(names(rejected($second)), names($at{25}), 'on another server, with another MPM: the same clients');
$second->finish_ok;

my ($in) = sort { $a <=> $b } keys %{ $at{25} };
my ($out) = grep { !$at{25}{$_} } 1 .. $clients;
my (%seen, @pids);
my $pids = sub { my %p = map { $_ => 1 } split(' ', TlsGate::Httpd::slurp($h->dir . '/logs/pids')); return scalar keys %p };
$h->write_file('logs/pids', '');
$h->wait_until(sub {
    # Held open, so that more than one process of prefork has to answer.
    my @held = map { connect_to(port => $h->port('http')) } 1 .. 3;
    for my $s (@held) { $seen{out}{ ask(on => $s, headers => ["X-Account: customer-$out"])->{status} } = 1 }
    for my $s (@held) { $seen{in}{ ask(on => $s, headers => ["X-Account: customer-$in"])->{status} } = 1 }
    return $pids->() > 1;
});
cmp_ok($pids->(), '>', 1, 'more than one process answers');
is_deeply([ keys %{ $seen{in} } ],  [403], 'each rejects a client that is in the share');
is_deeply([ keys %{ $seen{out} } ], [200], 'each serves one that is not');

# --- the answers to the two --------------------------------------------------------
$h->set_clock('2018-07-02T00:00:00Z');
my $r = ask(port => $h->port('http'), headers => ["X-Account: customer-$in"]);
is($r->{headers}{'retry-after'}, 3600, 'in the share: Retry-After is the end of the trial');
is(($h->sightings)[-1]{tlsgate}{phase}, 'trial', 'in the share: the log says trial')
    if $h->wait_until(sub { ($h->sightings)[-1]{tlsgate}{client} eq "account:customer-$in" });
$r = ask(port => $h->port('http'), headers => ["X-Account: customer-$out"]);
is($r->{headers}{deprecation}, '@1527811200', 'not in the share: headers, as outside a trial');
is($r->{headers}{sunset}, 'Wed, 01 Aug 2018 00:00:00 GMT', 'not in the share: Sunset');
ok($h->wait_until(sub { ($h->sightings)[-1]{tlsgate}{client} eq "account:customer-$out" }), 'not in the share: logged');
is(($h->sightings)[-1]{tlsgate}{phase}, 'announced', 'not in the share: the log says announced');
is(scalar(keys %{ rejected($h, 'byip') }) % $clients, 0, 'without an identity, the address decides: all or none');
$h->finish_ok;
done_testing;
