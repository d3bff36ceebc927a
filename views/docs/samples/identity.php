<?php

// Says who is logged in; may be used for ten minutes.
function identity_token( string $id, string $email, string $name ): string {
	$encode = fn( $s ) => rtrim( strtr( base64_encode( $s ), '+/', '-_' ), '=' );
	$claims = json_encode( [
		'aud' => 'YOUR_TOKEN_ID', 'sub' => $id,
		'email' => $email, 'name' => $name, 'exp' => time() + 600,
	] );
	$body = $encode( '{"alg":"HS256","typ":"JWT"}' ) . '.' . $encode( $claims );
	$mac  = hash_hmac( 'sha256', $body, getenv( 'IDENTITY_SECRET' ), true );
	return $body . '.' . $encode( $mac );
}