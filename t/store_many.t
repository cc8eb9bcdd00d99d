# A store with very many members, whose names take long to resolve: one time limit holds for all of them.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Faults;

my $MEMBERS = 1000;
my $ctl = TlsGate::Ctl->new;
delete $ctl->{httpd}{faked};
TlsGate::Faults->new($ctl->{httpd})->only('getaddrinfo 100 .test');
my $said = $ctl->run('--store', 'etcd://' . join(',', map { "m$_.test:2379" } 1 .. $MEMBERS) . '/tlsgate/state',
    qw(exempt add legacy-tls account:a --until 2099-01-01T00:00:00Z --reason because --by ops --yes));
is($said->{status}, 2, 'no member has an address: nothing is changed');
like($said->{err}, qr/no member of etcd can be used: /, '... with the reason');
my @tried = $said->{err} =~ m{^tlsgatectl: http://(m\d+\.test):2379: }mg;
cmp_ok(scalar @tried, '>=', 1, '... of those that it tried');
# Each takes a tenth of a second: for all of them, more than ten times as long as the limit.
cmp_ok(scalar @tried, '<', $MEMBERS, '... which are not all: the time was up');
done_testing;
