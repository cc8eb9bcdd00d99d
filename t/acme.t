# mod_md answers its ACME challenges on a host whose schedule rejects everything else.
use strict;
use warnings;
use lib 't/lib';

use File::Path qw(make_path);
use Test::More;

use TlsGate::Client qw(ask);
use TlsGate::Httpd;

my $libexec = `apxs -q LIBEXECDIR` =~ s/\s+\z//r;
plan skip_all => 'mod_md is not installed' unless -e "$libexec/mod_md.so";

# Manual: mod_md sends no requests to a certificate authority.
my $h = TlsGate::Httpd->new(modules => [qw(watchdog md)], conf => <<'CONF');
Listen 127.0.0.1:@plain@
<TlsGateSchedule plain>
    TlsGateDeprecate cleartext
    TlsGateCutoff    2018-07-01T00:00Z
</TlsGateSchedule>
TlsGate plain
TlsGateLog logs/tlsgate.ndjson
MDStoreDir md
MDRenewMode manual
MDCertificateAuthority http://127.0.0.1:1/directory
MDCertificateAgreement accepted
MDomain localhost
MDPortMap http:@plain@
<VirtualHost *:@plain@>
    ServerName localhost
    ServerAdmin ops@example.com
</VirtualHost>
CONF
$h->start;
my $token = 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0';
my $dir   = $h->dir . '/md/challenges/localhost';
make_path($dir);
$h->write_file('md/challenges/localhost/acme-http-01.txt', "$token.thumbprint");
system('chmod', '-R', 'a+rX', $h->dir . '/md');

is(ask(port => $h->port('plain'), path => '/')->{status}, 403, 'the host rejects plain HTTP');
my $r = ask(port => $h->port('plain'), path => "/.well-known/acme-challenge/$token");
is($r->{status}, 200, 'mod_md answers the challenge');
is($r->{body}, "$token.thumbprint", 'with the key authorization');
$h->finish_ok;
done_testing;
