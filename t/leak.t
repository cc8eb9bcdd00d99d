# Memory: 20,000 handshakes of every kind against one process that is never recycled. What
# it has of its own stays as it was after the first 5,000.
use strict;
use warnings;
use lib 't/lib', 't/soak';
use Test::More;
use TlsGate::Httpd;
use Handshakes qw(memory server shake);

# In KiB. What fragments of httpd's and OpenSSL's own leave behind was below 100; the least
# that malloc can lose for every hello that is refused was 330.
my $SLACK = 256;

plan skip_all => 'this system does not say how much memory is a process\'s own'
    unless TlsGate::Httpd::slurp('/proc/self/status') =~ /^RssAnon:/m;
plan skip_all => 'a sanitizer keeps what is freed' if $ENV{TLSGATE_PRELOAD};

my $h = server();

my @memory;
for my $batch (1 .. 4) {
    my ($said, $ok) = shake($h, 5000);
    ok($ok, "batch $batch: $said") or diag($said);
    push @memory, memory($h);
}
is($memory[-1]{children}, $memory[0]{children}, 'it is the same process');
cmp_ok($memory[-1]{kib}, '<', $memory[0]{kib} + $SLACK, 'memory: ' . join(', ', map {"$_->{kib} KiB"} @memory));
cmp_ok(scalar(() = $h->sightings), '>=', 100, 'sightings were written meanwhile');
$h->finish_ok;
done_testing;
