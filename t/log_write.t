# One sighting is one write of its whole line, so that processes that write to one log at the same
# time do not mix their lines: looked at from the outside, by strace.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Etcd;
use TlsGate::Httpd;

plan skip_all => 'strace is not installed, or is not allowed to trace'
    unless TlsGate::Etcd::in_path('strace') && system('strace -o /dev/null true 2>/dev/null') == 0;
plan skip_all => 'strace does not go with what is preloaded' if $ENV{TLSGATE_PRELOAD};

my $h = TlsGate::Httpd->new(conf => <<'CONF');
Listen @tls@
Listen @piped@
Listen @http@
<TlsGateSchedule legacy>
    TlsGateDeprecate cleartext TLSv1 TLSv1.1 TLSv1.2
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule newest>
    TlsGateDeprecate TLSv1 TLSv1.1 TLSv1.2
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<VirtualHost *:@tls@>
    SSLEngine on
    TlsGate newest
</VirtualHost>
<VirtualHost *:@piped@>
    TlsGateLog "|$/bin/cat >>$DIR/logs/piped.ndjson"
</VirtualHost>
CONF
my $trace = $h->dir . '/cache/trace';
$h->{under} = [ 'strace', '-D', '-ff', '-y', '-s', 5000, '-e', 'trace=write,writev,pwrite64,pwritev,pwritev2', '-o', $trace ];
$h->start;

# Short ones, some as long as they may be, and one that is too long, of characters that are escaped.
my @agents = ('curl/7.1', '"' x 100, map({ '\\' x $_ } 900 .. 910), '"' x 7000);
for my $port (qw(http piped)) {
    for my $agent (@agents) {
        ask(port => $h->port($port), path => '/' . 'x' x 300, headers => [ "User-Agent: $agent" ]);
    }
}
ok(!connect_to(port => $h->port('tls'), tls => 'TLSv1.2'), 'a handshake is refused');

my %lines = (tlsgate => @agents + 1, piped => scalar @agents);
my $text = sub { TlsGate::Httpd::slurp($h->dir . "/logs/$_[0].ndjson") };
for my $name (sort keys %lines) {
    ok($h->wait_until(sub { (() = $text->($name) =~ /\n/g) == $lines{$name} }), "$name: $lines{$name} lines are written");
}
$h->finish_ok;

# What strace shows of the bytes that a call wrote, and its answer. What reads the pipe writes too.
my @writes = grep { !m{^\w+\(\d+<[^>]*/piped.ndjson>} }
    map { TlsGate::Httpd::slurp($_) =~ /^(\w+\(\d+<[^>]*(?:ndjson|pipe:\[\d+\])>, .*(?:timestamp|\}\\n).*)$/mg } glob "$trace.*";
is(scalar @writes, $lines{tlsgate} + $lines{piped}, 'one call for each line, and none for a part of one');
my @wrong = grep { !/^write\(\d+<[^>]*>, "(?:[^"\\]|\\.)*\\n", (\d+)\) += \1$/ } @writes;
is_deeply(\@wrong, [], 'each is a write that took the whole line');
is_deeply([ sort { $a <=> $b } map { /= (\d+)$/ } @writes ],
    [ sort { $a <=> $b } map { length } map { $text->($_) =~ /(.*\n)/g } sort keys %lines ], 'and nothing else');
cmp_ok((sort { $b <=> $a } map { /= (\d+)$/ } @writes)[0], '>', 2500, 'the longest is long');

done_testing();
