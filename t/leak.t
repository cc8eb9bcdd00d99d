# Memory: 20,000 handshakes of every kind against one process that is never recycled. Its
# private memory stays as it was after the first 5,000.
use strict;
use warnings;
use lib 't/lib', 't/soak';
use Test::More;
use TlsGate::Httpd;
use Handshakes qw(memory server shake);

# In KiB. Fragmentation in httpd and OpenSSL was below 100; the smallest leak
# that malloc can have for every refused hello was 330.
my $SLACK = 256;

plan skip_all => 'this system does not report the private memory of a process'
    unless TlsGate::Httpd::slurp('/proc/self/status') =~ /^RssAnon:/m;
plan skip_all => 'a sanitizer keeps freed memory' if $ENV{TLSGATE_PRELOAD};

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
