# A start and httpd -t warn about certificates that are asked for where the request has been decided
# already: the client is known by its address then.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $LATE = qr/TlsGateIdentity cert:subject: SSLVerifyClient in a section, at \S+:\d+, asks for the certificate when a request has been decided already, so the client is known by its address then; write SSLVerifyClient optional outside of it/;

# Of each virtual host: its name, its lines, and whether it is warned about.
my $location = "<Location /in>\nSSLVerifyClient require\n</Location>";
my @HOSTS = (
    [ 'location',  "TlsGateIdentity cert:subject\n$location", 1 ],
    [ 'hashed',    "TlsGateIdentity hash:cert:subject\n$location", 1 ],
    [ 'beside',    "TlsGateIdentity header:X-Account cert:subject\n$location", 1 ],
    [ 'none',      "TlsGateIdentity cert:subject\nSSLVerifyClient none\n$location", 1 ],
    [ 'directory', "TlsGateIdentity cert:subject\n<Directory /srv>\nSSLVerifyClient optional\n</Directory>", 1 ],
    [ 'deep',      "TlsGateIdentity cert:subject\n<Location /in>\n<If \"true\">\nSSLVerifyClient require\n</If>\n</Location>", 1 ],
    [ 'ifmodule',  "TlsGateIdentity cert:subject\n<IfModule mod_ssl.c>\n$location\n</IfModule>", 1 ],
    [ 'handshake', "TlsGateIdentity cert:subject\nSSLVerifyClient optional", 0 ],
    [ 'both',      "TlsGateIdentity cert:subject\nSSLVerifyClient optional\n$location", 0 ],
    [ 'within',    "TlsGateIdentity cert:subject\n<IfModule mod_ssl.c>\nSSLVerifyClient optional\n</IfModule>\n$location", 0 ],
    [ 'never',     "TlsGateIdentity cert:subject\n<Location /in>\nSSLVerifyClient none\n</Location>", 0 ],
    [ 'nobody',    'TlsGateIdentity cert:subject', 0 ],
    [ 'header',    "TlsGateIdentity header:X-Account\n$location", 0 ],
    [ 'address',   $location, 0 ],
);

sub conf {
    my ($main, @hosts) = @_;
    my ($cert) = TlsGate::Httpd::certificate();
    return "Listen 127.0.0.1:\@tls\@\nSSLCACertificateFile $cert\n<TlsGateSchedule legacy>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n"
        . "TlsGateLog logs/tlsgate.ndjson\n$main\n"
        . join('', map { "<VirtualHost *:\@tls\@>\nServerName $_->[0].example.com\nSSLEngine on\nTlsGate legacy\n$_->[1]\n</VirtualHost>\n" } @hosts);
}

sub warned { my ($text) = @_; return sort map { /TLSGATE0080: (?:vhost )?(\S+?)(?:\.example\.com)?(?::\d+)?(?: server)?: $LATE/ ? $1 : () } split(/\n/, $text) }

my @late = sort map { $_->[2] ? $_->[0] : () } @HOSTS;
my $h = TlsGate::Httpd->new(conf => conf('', @HOSTS));
my ($rc, $said) = $h->configtest;
is($rc, 0, 'httpd -t: it is no error');
is_deeply([warned($said)], \@late, "httpd -t: each of them once: @late");
$h->start;
is_deeply([warned($h->error_log)], \@late, 'at start: the same');
$h->graceful;
is_deeply([warned($h->error_log)], [sort(@late, @late)], 'after a graceful restart: once more');
$h->finish_ok($LATE);

# Sections of the server are for all of its hosts.
for (
    [ "TlsGateIdentity cert:subject\n$location", 1, 'a section of the server: once, not for each host' ],
    [ "TlsGateIdentity cert:subject\nSSLVerifyClient optional\n$location", 0, 'the server asks in the handshake' ],
    [ $location, 0, 'no certificate is an identity' ],
) {
    my ($main, $n, $what) = @$_;
    my ($code, $text) = TlsGate::Httpd->new(conf => conf($main, [ 'one', '' ], [ 'two', '' ]))->configtest;
    is_deeply([ $code, scalar(() = $text =~ /$LATE/g) ], [ 0, $n ], $what);
}
done_testing;
