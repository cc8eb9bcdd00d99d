# Versions that OpenSSL was built without: code compiled with such an OpenSSL's headers reports for
# each that the library blocks it, and accepts the others as before.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;

my $CC    = $ENV{CC} || 'cc';
my $BUILD = $ENV{BUILD} || 'build';
my $DIR   = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
sub output { my ($command) = @_; my $text = `($command) 2>/dev/null`; chomp $text; return $text =~ s/\n/ /gr }
my $FLAGS = join ' ', '-std=gnu11 -iquote src', output('apr-1-config --cppflags --includes || apr-config --cppflags --includes'),
    '-isystem ' . output('apxs -q INCLUDEDIR || apxs2 -q INCLUDEDIR');
my $LIBS  = join ' ', "$BUILD/libtlsgate.a", output('pkg-config --libs jansson libssl libcrypto'), output('apr-1-config --link-ld || apr-config --link-ld');

# Prints each version with the reason that blocks it, for a context that would accept all of them.
open(my $h, '>', "$DIR/main.c") or die $!;
print $h <<'C';
#include "server/handshake/protocol_support.c"
#include <stdio.h>
tg_server_conf_t *tg_conf_of_server(const server_rec *s) { (void)s; return NULL; }
int main(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    tg_protocol_support_t support;
    tg_protocol_t p;

    SSL_CTX_set_min_proto_version(ctx, 0);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_clear_options(ctx, SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
    support = tg_protocol_support_of(ctx);
    for (p = TG_PROTOCOL_TLS1_0; p <= TG_PROTOCOL_TLS1_3; p++) {
        printf("%s%s%s ", tg_protocol_name(p), support.blocks[p] == TG_BLOCK_LIBRARY ? "-" : "+",
               support.versions & TG_TRAIT_PROTOCOL(p) ? "" : "!");
    }
    return 0;
}
C
close $h;

my %names = ('TLSv1' => 'TLS1', 'TLSv1.1' => 'TLS1_1', 'TLSv1.2' => 'TLS1_2', 'TLSv1.3' => 'TLS1_3');
for my $without ([], ['TLSv1'], ['TLSv1.1'], ['TLSv1', 'TLSv1.1'], ['TLSv1', 'TLSv1.1', 'TLSv1.2'], ['TLSv1.3']) {
    my $defines = join(' ', map { "-DOPENSSL_NO_$names{$_}" } @$without);
    my $said = `$CC $FLAGS $defines -o $DIR/main $DIR/main.c $LIBS 2>&1 && $DIR/main 2>&1`;
    my %is_out = map { $_ => 1 } @$without;
    is($said, join('', map { $_ . ($is_out{$_} ? '-! ' : '+ ') } sort keys %names), 'without ' . (join(', ', @$without) || 'none'));
}
done_testing;
