#!/usr/bin/perl
# etcd with its authentication switched off: a user in the URL is no hindrance, as with etcd's own
# clients; and once it is switched on again, a program that follows logs in.
use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Cable;
use TlsGate::Ctl qw(says);
use TlsGate::Etcd;
use TlsGate::Follow;
use TlsGate::State qw(document suspend);

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $KEY = 'tlsgate/state';
my @WHY = (qw(--reason because --by ops --yes));
my $ctl = TlsGate::Ctl->new;
delete $ctl->{httpd}{faked};
my $password = $ctl->{httpd}->write_file('password', "secret\n");
chmod 0600, $password;
my $etcd = TlsGate::Etcd->new;
$etcd->auth_on('ops', 'secret', 'tlsgate/');
sub store { my (@at) = @_; return ('--store', $etcd->url($KEY, user => 'ops', 'password-file' => $password, @at ? (at => \@at) : ())) }
sub add { my ($who) = @_; return (qw(exempt add legacy-tls), "account:$who", qw(--until 2099-01-01T00:00Z), @WHY) }

says($ctl->run(store(), add('on')), 0, qr/./, qr/written: /, 'with authentication');
$etcd->ctl(qw(auth disable));
delete $etcd->{root};
says($ctl->run(store(), add('off')), 0, qr/./, qr/written: /, 'switched off: a change');
says($ctl->run(store(), qw(exempt list)), 0, qr/account:off/, undef, '... and a question');

my $follow = TlsGate::Follow->new($ctl, (store())[1], env => { LD_PRELOAD => undef });
ok($follow->wait_for(sub { $ctl->text =~ /account:off/ }), '... and what follows') or diag($follow->said);
$etcd->ctl(qw(auth enable));
$etcd->{root} = 'root:of-the-test';
says($ctl->run(store(), add('again')), 0, qr/./, qr/written: /, 'switched on again: a change');
ok($follow->wait_for(sub { $ctl->text =~ /account:again/ }), '... arrives') or diag($follow->said);
is($follow->end('TERM'), 0, 'it follows until the end');
unlike($follow->said, qr/secret/, '... and prints no secret');

# The forms in which other versions are expected to say it, written by hand; the etcd that is installed
# was asked above.
my %words = (
    '3.4 and 3.5' => '{"error":"etcdserver: authentication is not enabled","message":"etcdserver: authentication is not enabled","code":9}',
    '3.6'         => '{"code":9,"message":"etcdserver: authentication is not enabled","details":[]}',
);
my $open = TlsGate::Etcd->new;
for my $version (sort keys %words) {
    my $cable = TlsGate::Cable->new($open->port(0));
    my $body = $words{$version};
    $cable->rule('"password"', 'answer', times => 1000, text => join("\r\n", 'HTTP/1.1 400 Bad Request', 'Content-Type: application/json', 'Content-Length: ' . length $body, '', $body));
    my @store = ('--store', $open->url("v$version" =~ s/\W/-/gr, user => 'ops', 'password-file' => $password, at => [$cable->port]));
    says($ctl->run(@store, add('x')), 0, qr/./, qr/written: /, "etcd $version: a change");
}
done_testing;
