# Refused and negotiated versions, for every set of versions that a client may
# offer against every set that a schedule may deprecate: the newest on offer decides. If
# that is deprecated the handshake ends, and is never downgraded to an older version.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told wire);

my @VERSIONS = qw(TLSv1 TLSv1.1 TLSv1.2 TLSv1.3);

# The versions whose bits are set, oldest first.
sub set { my ($bits) = @_; return map { $bits & 1 << $_ ? $VERSIONS[$_] : () } 0 .. $#VERSIONS }

my @sets  = map { [ set($_) ] } 1 .. 15;
my $hosts = join('', map { <<"HOST" } 1 .. 15);
<TlsGateSchedule s$_>
    TlsGateDeprecate @{ $sets[ $_ - 1 ] }
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:\@tls\@>
    ServerName s$_.example.com
    SSLEngine on
    TlsGate s$_
</VirtualHost>
HOST

my $h = TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], conf => <<"CONF")->start;
Listen 127.0.0.1:\@tls\@
<VirtualHost *:\@tls\@>
    ServerName s0.example.com
    SSLEngine on
</VirtualHost>
$hosts
CONF

# The result, from the specification, not from the module.
sub expected {
    my ($offered, $deprecated) = @_;
    my ($newest) = sort { $b cmp $a } @$offered;
    return (grep { $_ eq $newest } @$deprecated) ? 'alert 70' : $newest;
}

# The hellos: their content, and the versions that they offer.
my @hellos;
for my $offered (@sets) {
    push @hellos,
        [ "list @$offered",            $offered, versions => $offered ],
        [ "list @{[reverse @$offered]}", $offered, versions => [ 0x3A3A, reverse(@$offered), 0x7F1C ] ];
}
for my $i (0 .. 3) {
    # RFC 8446 appendix D.1: without the list nothing above TLS 1.2 is on offer.
    my @offered = @VERSIONS[ 0 .. ($i > 2 ? 2 : $i) ];
    push @hellos, [ "at most $VERSIONS[$i]", \@offered, legacy => $VERSIONS[$i] ];
}
# RFC 8446 section 4.2.1: where there is a list, the number in front does not count.
push @hellos,
    [ 'list TLSv1 under TLSv1.2 in front',           ['TLSv1'],              versions => ['TLSv1'] ],
    [ 'list TLSv1.3 TLSv1.2 under TLSv1 in front',   [ 'TLSv1.2', 'TLSv1.3' ], versions => [ 'TLSv1.3', 'TLSv1.2' ], legacy => 'TLSv1' ],
    [ 'list TLSv1.1, hello in records of 16 bytes',  ['TLSv1.1'],            versions => ['TLSv1.1'], size => 16 ];

for my $host (0 .. 15) {
    my $deprecated = $host ? $sets[ $host - 1 ] : [];
    my (%got, %expected);
    for (@hellos) {
        my ($name, $offered, @hello) = @$_;
        $got{$name} = told(shake(port => $h->port, sni => "s$host.example.com", @hello));
        $expected{$name} = expected($offered, $deprecated);
    }
    is_deeply(\%got, \%expected, 'deprecated: ' . (join(' ', @$deprecated) || 'nothing') . ": ${\ scalar @hellos} hellos");
}
$h->finish_ok;
done_testing;
