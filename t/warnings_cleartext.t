# The warning about a schedule of TLS versions that only hosts with plain HTTP use: it cannot meet
# anybody there. In httpd -t and at start, by one table.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

sub schedule { my ($traits) = @_; return "<TlsGateSchedule s>\nTlsGateDeprecate $traits\n</TlsGateSchedule>\n" }
sub host { my ($port, @lines) = @_; return join("\n", "<VirtualHost *:\@$port\@>", "ServerName $port.example.com", @lines, '</VirtualHost>', '') }

my $PLAIN = "Listen 127.0.0.1:\@plain\@\n";
my $TLS   = "Listen 127.0.0.1:\@tls\@\n" . host('tls', 'SSLEngine on');

# The configuration, the traits in the warning (undef: none), and those at start where mod_ssl's
# contexts tell more than the directives do.
my @cases = (
    ['a host with plain HTTP',         $PLAIN . schedule('TLSv1 TLSv1.1') . "TlsGate s\n",                    'TLSv1 TLSv1.1'],
    ['a key exchange',                 $PLAIN . schedule('kx=RSA') . "TlsGate s\n",                           'kx=RSA'],
    ['only reported',                  $PLAIN . schedule('TLSv1') . "TlsGate s report-only\n",                'TLSv1'],
    ['a virtual host with plain HTTP', $PLAIN . $TLS . schedule('TLSv1') . host('plain', 'TlsGate s'),        'TLSv1'],
    ['SSLEngine off',                  $PLAIN . $TLS . schedule('TLSv1') . host('plain', 'SSLEngine off', 'TlsGate s'), 'TLSv1'],
    ['a location of it',               $PLAIN . $TLS . schedule('TLSv1') . host('plain', '<Location /x>', 'TlsGate s', '</Location>'), 'TLSv1'],
    ['inherited by a host with TLS',   $PLAIN . $TLS . schedule('TLSv1') . "TlsGate s\n",                     undef],
    ['a location of all hosts',        $PLAIN . $TLS . schedule('TLSv1') . "<Location /x>\nTlsGate s\n</Location>\n", undef],
    ['cleartext as well',              $PLAIN . schedule('TLSv1 cleartext') . "TlsGate s\n",                  undef],
    ['an expression as well',          $PLAIN . schedule('TLSv1 expr=true') . "TlsGate s\n",                  undef],
    ['everything',                     $PLAIN . schedule('any') . "TlsGate s\n",                              undef],
    ['Listen ... https',               "Listen 127.0.0.1:\@tls\@ https\n" . schedule('TLSv1') . "TlsGate s\n", undef, 'TLSv1'],
);
my $WARNING = qr/<TlsGateSchedule "s">: it deprecates (.*?), but every host that uses it speaks plain HTTP, so it never applies; write TlsGate s in the hosts with SSLEngine on, or deprecate cleartext/;
for my $case (@cases) {
    my ($name, $conf, $traits, $at_start) = @$case;
    $at_start //= $traits;
    my $h = TlsGate::Httpd->new(conf => $conf);
    my ($status, $said) = $h->configtest;
    is($status, 0, "$name: httpd -t");
    is_deeply([$said =~ /TLSGATE0054: [^\n]*$WARNING/g], [$traits // ()], '... its warnings');
    $h->start;
    is_deeply([$h->error_log =~ /TLSGATE0054: [^\n]*$WARNING/g], [$at_start // ()], '... those of the start');
    $h->finish_ok($at_start ? $WARNING : ());
}
done_testing;
