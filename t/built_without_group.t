# An OpenSSL that does not tell a server the group of a connection, such as 1.1.1: the module that is built with its headers
# refuses kx=classical, by which nobody would ever be deprecated, and names the version that it takes. The other traits stay.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;

my $CC    = $ENV{CC} || 'cc';
my $BUILD = $ENV{BUILD} || 'build';
my $DIR   = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $DIR;
sub output { my ($command) = @_; my $text = `($command) 2>/dev/null`; chomp $text; return $text =~ s/\n/ /gr }
my $LIBS = output('pkg-config --libs jansson libssl libcrypto');

# The same module, with that one source compiled by such headers.
open(my $h, '>', "$DIR/negotiated.c") or die $!;
print $h "#include <openssl/ssl.h>\n#undef SSL_get_negotiated_group\n#include \"server/base/negotiated.c\"\n";
close $h;
my @objects = grep { !m{/negotiated\.o$} } "$BUILD/mod_tlsgate.o", glob("$BUILD/src/server/*/*.o");
my $said = `$CC -std=gnu11 -Wall -Werror -O1 -fPIC -iquote src \$(apr-1-config --cppflags --includes) -c -o $DIR/negotiated.o $DIR/negotiated.c 2>&1 &&
    $CC -shared -Wl,--version-script=src/mod_tlsgate.map -o $DIR/mod_tlsgate.so @objects $DIR/negotiated.o $BUILD/libtlsgate.a $LIBS 2>&1`;
is($?, 0, 'it is built') or diag($said);

local $ENV{TLSGATE_MODULE} = "$DIR/mod_tlsgate.so";
my $httpd = TlsGate::Httpd->new(conf => '');
sub configtest { $httpd->write_conf("<TlsGateSchedule s>\n$_[0]\n</TlsGateSchedule>\n"); return $httpd->configtest }

for my $line ('kx=classical', 'TLSv1 KX=classical', 'kx=RSA kx=classical cipher=CBC') {
    my ($word) = $line =~ /(kx=classical)/i;
    my ($status, $output) = configtest("TlsGateDeprecate $line");
    isnt($status, 0, "$line is refused");
    like($output, qr/^TlsGateDeprecate "$word": the OpenSSL that this module was built with does not tell the group of a connection; build the module with OpenSSL 3\.0 or newer, or leave this trait out$/m,
        '... with the version that it takes');
}
for my $line ('any', 'TLSv1 cleartext', 'kx=RSA kx=DHE', 'cipher=3DES cipher=RC4 cipher=CBC cipher=SHA1') {
    my ($status, $output) = configtest("TlsGateDeprecate $line");
    is($status, 0, "$line is not") or diag($output);
}
delete $ENV{TLSGATE_MODULE};
my ($status, $output) = configtest('TlsGateDeprecate kx=classical');
is($status, 0, 'the module here knows it') or diag($output);
done_testing;
